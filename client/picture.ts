// What may stand for a picture in a call, and which media type it is sent under.

/** Encoded bytes of a picture (PNG, JPEG, WebP ...), not pixels. */
export type PictureBytes = Uint8Array<ArrayBuffer> | Blob;

/**
 * The service decodes by content, but tells pictures from embeddings by the media type. So a type is always sent: the
 * Blob's own, else what the first bytes say, else PNG, which the decoder then refuses with a message about the picture.
 */
export async function pictureType(picture: PictureBytes): Promise<string> {
  if (picture instanceof Blob && picture.type.startsWith('image/')) return picture.type;
  const head =
    picture instanceof Blob
      ? new Uint8Array(await picture.slice(0, 12).arrayBuffer())
      : picture.subarray(0, 12);
  if (head[0] === 0xff && head[1] === 0xd8) return 'image/jpeg';
  if (ascii(head, 0, 3) === 'GIF') return 'image/gif';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'image/webp';
  if (ascii(head, 4, 12) === 'ftypavif') return 'image/avif';
  return 'image/png';
}

export function pictureBlob(picture: PictureBytes): Blob {
  return picture instanceof Blob ? picture : new Blob([picture]);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
