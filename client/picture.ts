// What may stand for a picture in a call, and which media type it is sent under.

import { pictureTypes } from '#shared/contracts/picture-types.ts';
import { pictureTypeOf, signatureBytes } from '#shared/pictures/signature.ts';

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
      ? new Uint8Array(await picture.slice(0, signatureBytes).arrayBuffer())
      : picture.subarray(0, signatureBytes);
  return pictureTypes[pictureTypeOf(head) ?? 'PNG'].mediaType;
}

export function pictureBlob(picture: PictureBytes): Blob {
  return picture instanceof Blob ? picture : new Blob([picture]);
}
