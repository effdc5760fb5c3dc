// Puts a text on the clipboard and says so; or that it could not, as a browser forbids it to pages that came without encryption.

import { useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import { useTell } from './told.tsx';

type Came = 'copied' | 'notCopied';

export function CopyButton({ text }: { text: string }) {
  const tell = useTell();
  const [came, setCame] = useState<Came>();
  const copy = async () => {
    const next = (await write(text)) ? 'copied' : 'notCopied';
    setCame(next);
    tell(strings.common[next]);
  };
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      {strings.common[came ?? 'copy']}
    </button>
  );
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // There is no clipboard, or the browser keeps it.
    return false;
  }
}
