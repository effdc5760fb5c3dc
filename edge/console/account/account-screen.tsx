// Keys and usage: who may call for this tenant, and what has been used.

import { Page, Section } from '../parts/page.tsx';
import { strings } from '../strings.ts';
import { KeysSection } from './keys-section.tsx';
import { UsageSection } from './usage-section.tsx';

export function AccountScreen() {
  return (
    <Page title={strings.account.title} lead={strings.account.lead}>
      <KeysSection />
      <Section title={strings.usage.title} lead={strings.usage.lead}>
        <UsageSection />
      </Section>
    </Page>
  );
}
