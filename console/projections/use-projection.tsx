// How to ask this projection from a program: code to copy, in three languages.

import { useState } from 'preact/hooks';
import type { Projection } from '#shared/contracts/projection.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Section } from '../parts/page.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { serviceRoot } from '../service-root.ts';
import { strings } from '../strings.ts';
import { installLine, keyLine, type Language, languages, packLine, snippetOf } from './snippets.ts';

export function UseProjection({ projection: { name, version, current } }: { projection: Projection }) {
  const [language, setLanguage] = useState<Language>('curl');
  const text = strings.use;
  const fullName = strings.projections.versionOf(name, version);
  const code = snippetOf(language, { url: serviceRoot, projection: current ? name : fullName });
  return (
    <Section
      title={text.title}
      lead={current ? text.leadCurrent(name, fullName) : text.leadVersion(fullName)}
      actions={
        <fieldset class="segments">
          <legend class="sr-only">{text.language}</legend>
          {languages.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === language}
              onClick={() => setLanguage(each)}
            >
              {text.languages[each]}
            </button>
          ))}
        </fieldset>
      }
    >
      <div class="stack-tight">
        <p class="hint">
          {text.before} <code>{keyLine}</code>
        </p>
        {language === 'typescript' && (
          <p class="hint">
            {text.pack} <code>{packLine}</code>; {text.install} <code>{installLine}</code>
          </p>
        )}
        <div class="snippet">
          <Scroll label={text.languages[language]}>
            <pre>
              <code>{code}</code>
            </pre>
          </Scroll>
          <CopyButton key={code} text={code} />
        </div>
      </div>
    </Section>
  );
}
