// Puts a text on the clipboard and says so.

import { useState } from 'preact/hooks';
import { strings } from '../strings.ts';
import { useTell } from './told.tsx';

export function CopyButton({ text }: { text: string }) {
  const tell = useTell();
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    tell(strings.common.copied);
  };
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      {isCopied ? strings.common.copied : strings.common.copy}
    </button>
  );
}
