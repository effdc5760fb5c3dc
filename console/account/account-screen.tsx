// Keys, webhooks and usage: who may call for this tenant, where it is told of what happens, and what has been used.

import { Page } from '../parts/page.tsx';
import { useRights } from '../session/rights.ts';
import { strings } from '../strings.ts';
import { KeysSection } from './keys-section.tsx';
import { UsageSection } from './usage-section.tsx';
import { WebhooksSection } from './webhooks-section.tsx';

export function AccountScreen() {
  const { may } = useRights();
  return (
    <Page title={strings.account.title} lead={strings.account.lead}>
      {may('keys:manage') && <KeysSection />}
      {may('webhooks:manage') && <WebhooksSection />}
      {may('keys:manage') && <UsageSection />}
    </Page>
  );
}
