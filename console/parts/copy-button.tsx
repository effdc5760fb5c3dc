// Puts a text on the clipboard and says so.

import { useState } from 'preact/hooks';
import { strings } from '../strings.ts';

export function CopyButton({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <button type="button" class="button small" onClick={() => void copy()}>
      <span aria-live="polite">{isCopied ? strings.common.copied : strings.common.copy}</span>
    </button>
  );
}
