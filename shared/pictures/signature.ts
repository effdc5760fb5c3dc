// What the first bytes of a file say it is. A cheap look, so that a text file is refused without troubling a decoder; only
// decoding tells whether the rest is sound. Formats that libvips or a browser would open besides (SVG, PDF, BMP ...) are none.

import type { PictureType } from '../contracts/picture-types.ts';

/** So many bytes are looked at: enough for the brands of an HEIF file. */
export const signatureBytes = 64;

/** `undefined` for anything that is not a picture of an accepted format. */
export function pictureTypeOf(bytes: Uint8Array): PictureType | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, signatureBytes));
  if (head.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'WebP';
  if (head.startsWith('GIF8')) return 'GIF';
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return 'TIFF';
  return brandsOf(bytes).some((brand) => avifBrands.has(brand)) ? 'AVIF' : undefined;
}

/** The name of a picture format that people send and that is not decoded here; `undefined` for anything else. */
export function foreignTypeOf(bytes: Uint8Array): 'HEIC' | 'JPEG XL' | 'BMP' | 'SVG' | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, signatureBytes));
  const brands = brandsOf(bytes);
  if (brands.some((brand) => heicBrands.has(brand)) && pictureTypeOf(bytes) === undefined) return 'HEIC';
  if (head.startsWith('\xff\x0a') || head.startsWith('\0\0\0\x0cJXL \r\n\x87\n')) return 'JPEG XL';
  if (head.startsWith('BM')) return 'BMP';
  return /^(?:\xef\xbb\xbf)?<(?:svg|\?xml)/.test(head) ? 'SVG' : undefined;
}

const avifBrands: ReadonlySet<string> = new Set(['avif', 'avis']);
/** mif1 and msf1 say no more than HEIF; without a brand of AVIF beside them, telephones mean HEVC. */
const heicBrands: ReadonlySet<string> = new Set([
  ...['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'],
  ...['mif1', 'msf1'],
]);

/** The major and the compatible brands of an ISO media file's first box (ISO/IEC 14496-12, 4.3), as far as they are looked at. */
function brandsOf(bytes: Uint8Array): string[] {
  const head = String.fromCharCode(...bytes.subarray(0, signatureBytes));
  if (head.slice(4, 8) !== 'ftyp') return [];
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = bytes;
  const boxBytes = Math.max(12, ((b0 << 24) | (b1 << 16) | (b2 << 8) | b3) >>> 0);
  const box = head.slice(0, boxBytes);
  // The second four bytes after the name are a version.
  return [box.slice(8, 12), ...(box.slice(16).match(/.{4}/gs) ?? [])];
}
