// The bytes of a picture that came as text.

import { dataUrlStart } from './contracts/picture-input.ts';
import { fromBase64 } from './digest.ts';

export function isDataUrl(text: string): boolean {
  return /^data:/i.test(text);
}

/** Of base64, or of a `data:` URL of a picture. `undefined` for what is neither. */
export function pictureFromText(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!isDataUrl(text)) return fromBase64(text);
  const start = dataUrlStart.exec(text.slice(0, 512))?.[0].length;
  return start === undefined ? undefined : fromBase64(text.slice(start));
}
