// What came of sending files: what was taken, and those that could not be used and why, folded behind how many there are.

import { Notice } from './notice.tsx';
import { plainWords } from './plain-words.ts';

export type Outcome = {
  readonly taken: string;
  /** How many files were left out. */
  readonly leftOut: string;
  readonly files: readonly { readonly name: string; readonly detail: string }[];
};

export function OutcomeNotice({ outcome: { taken, leftOut, files } }: { outcome: Outcome }) {
  return (
    <Notice tone={files.length === 0 ? 'good' : 'note'} title={taken}>
      {files.length > 0 && (
        <details>
          <summary>{leftOut}</summary>
          <ul>
            {files.map(({ name, detail }) => (
              <li key={name}>
                <code>{name}</code> {plainWords(detail)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Notice>
  );
}

/** As it is told. */
export function wordsOfOutcome({ taken, leftOut, files }: Outcome): string {
  return files.length === 0 ? taken : `${taken}. ${leftOut}`;
}
