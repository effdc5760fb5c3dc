// The picture formats that are taken, everywhere. Free of zod. What a file is, its first bytes tell
// (shared/pictures/signature.ts); these are the names that it may have.

export const pictureTypes = {
  JPEG: { mediaType: 'image/jpeg', extensions: ['jpg', 'jpeg', 'jfif'] },
  PNG: { mediaType: 'image/png', extensions: ['png'] },
  WebP: { mediaType: 'image/webp', extensions: ['webp'] },
  GIF: { mediaType: 'image/gif', extensions: ['gif'] },
  TIFF: { mediaType: 'image/tiff', extensions: ['tif', 'tiff'] },
  AVIF: { mediaType: 'image/avif', extensions: ['avif'] },
} as const;

export type PictureType = keyof typeof pictureTypes;

/** `JPEG, PNG, WebP, GIF, TIFF or AVIF`. */
export const pictureTypeNames = Object.keys(pictureTypes)
  .join(', ')
  .replace(/, (\w+)$/, ' or $1');

/** For a file dialog. */
export const acceptedMediaTypes = Object.values(pictureTypes)
  .map(({ mediaType }) => mediaType)
  .join(',');
