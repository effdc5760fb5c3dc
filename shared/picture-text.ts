// The bytes of a picture that came as text.

import { dataUrlStart } from './contracts/picture-input.ts';
import { fromBase64 } from './digest.ts';

/** Whether it is to be fetched; no base64 looks so. */
export function isAddress(text: string): boolean {
  return /^https?:/i.test(text);
}

/** Of base64, or of a `data:` URL. `undefined` for what is neither. */
export function pictureFromText(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^data:/i.test(text)) return fromBase64(inPlainAlphabet(text));
  const start = dataUrlStart.exec(text.slice(0, 512))?.[0].length;
  return start === undefined ? undefined : fromBase64(inPlainAlphabet(text.slice(start)));
}

const escapes: Readonly<Record<string, string>> = { '-': '+', _: '/', '%2B': '+', '%2F': '/', '%3D': '=' };

/** From the alphabet for addresses (RFC 4648, section 5), and from what a form or an address has escaped. */
function inPlainAlphabet(text: string): string {
  if (!text.includes('-') && !text.includes('_') && !text.includes('%')) return text;
  return text.replace(/[-_]|%2[BF]|%3D/gi, (found) => escapes[found.toUpperCase()] ?? found);
}
