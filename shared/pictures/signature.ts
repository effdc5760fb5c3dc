// What the first bytes of a file say it is. A cheap look, so that a text file is refused without troubling a decoder; only
// decoding tells whether the rest is sound. Formats that libvips or a browser would open besides (SVG, PDF, BMP ...) are none.

import type { PictureType } from '../contracts/picture-types.ts';

/** So many bytes are looked at. */
export const signatureBytes = 12;

/** `undefined` for anything that is not a picture of an accepted format. */
export function pictureTypeOf(bytes: Uint8Array): PictureType | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, signatureBytes));
  if (head.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return 'WebP';
  if (head.startsWith('GIF8')) return 'GIF';
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return 'TIFF';
  return /^.{4}ftyp(?:avif|avis|mif1)$/s.test(head) ? 'AVIF' : undefined;
}

/** The name of a picture format that people send and that is not decoded here; `undefined` for anything else. */
export function foreignTypeOf(bytes: Uint8Array): 'HEIC' | 'JPEG XL' | 'BMP' | 'SVG' | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, signatureBytes));
  if (/^.{4}ftyp(?:heic|heix|heim|heis|hevc|hevx)$/s.test(head)) return 'HEIC';
  if (head.startsWith('\xff\x0a') || head === '\0\0\0\x0cJXL \r\n\x87\n') return 'JPEG XL';
  if (head.startsWith('BM')) return 'BMP';
  return /^(?:\xef\xbb\xbf)?<(?:svg|\?xml)/.test(head) ? 'SVG' : undefined;
}
