// Hands a file to the browser to keep.

import { revokeLater } from './object-urls.ts';

export function saveFile(blob: Blob, filename: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = filename;
  link.click();
  revokeLater([url]);
}
