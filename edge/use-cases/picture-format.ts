// Whether bytes begin as a picture that the worker decodes. A cheap look at the first bytes, so that a text file is refused
// without troubling an encoder; only decoding, which happens there, tells whether the rest is sound.

import { type AppError, appError } from '#shared/app-error.ts';

/** As in the worker's own check: JPEG, PNG, GIF, TIFF, WebP, AVIF. */
export function beginsAsPicture(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  return (
    head.startsWith('\xff\xd8\xff') ||
    head.startsWith('\x89PNG\r\n\x1a\n') ||
    head.startsWith('GIF8') ||
    head.startsWith('II*\0') ||
    head.startsWith('MM\0*') ||
    (head.startsWith('RIFF') && head.slice(8) === 'WEBP') ||
    /^.{4}ftyp(?:avif|avis|mif1)$/s.test(head)
  );
}

export const notAPicture: AppError<'unreadable-picture'> = appError(
  'unreadable-picture',
  'The bytes are not a JPEG, PNG, WebP, GIF, TIFF or AVIF picture.',
);
