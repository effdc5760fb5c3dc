// The files of an upload that could not be used, and why, folded behind how many there are.

import { plainWords } from './plain-words.ts';

type LeftOutProps = {
  summary: string;
  files: readonly { readonly name: string; readonly detail: string }[];
};

export function LeftOut({ summary, files }: LeftOutProps) {
  if (files.length === 0) return null;
  return (
    <details>
      <summary>{summary}</summary>
      <ul>
        {files.map(({ name, detail }) => (
          <li key={name}>
            <code>{name}</code> {plainWords(detail)}
          </li>
        ))}
      </ul>
    </details>
  );
}
