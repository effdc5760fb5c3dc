// Bodies of requests that are not JSON: pictures as one form, embeddings as the floats they are.

import { type PictureBytes, pictureBlob, pictureType } from './picture.ts';
import type { Body } from './transport.ts';

/** A multipart form with each picture in `image`, in order. */
export async function pictureForm(pictures: readonly PictureBytes[]): Promise<FormData> {
  const form = new FormData();
  for (const [index, picture] of pictures.entries()) {
    const type = await pictureType(picture);
    form.append('image', new Blob([pictureBlob(picture)], { type }), `picture-${index}`);
  }
  return form;
}

/**
 * The form as bytes: every attempt sends the same ones. Left to each request, the boundary between the parts would differ, and
 * an Idempotency-Key that came with other bytes before is a conflict.
 */
export async function fixedForm(pictures: readonly PictureBytes[]): Promise<Body> {
  const encoded = new Response(await pictureForm(pictures));
  const contentType = encoded.headers.get('content-type') ?? undefined;
  return { bytes: await encoded.arrayBuffer(), contentType };
}

export function floatBody(rows: Float32Array<ArrayBuffer>): Body {
  return { bytes: littleEndian(rows), contentType: 'application/octet-stream' };
}

/** The wire is little-endian; so is nearly every machine, and then the rows go out as they lie in memory. */
function littleEndian(rows: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (isLittleEndian) return new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
  const view = new DataView(new ArrayBuffer(rows.byteLength));
  for (const [index, value] of rows.entries()) view.setFloat32(index * 4, value, true);
  return new Uint8Array(view.buffer);
}
