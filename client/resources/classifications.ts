// POST /v1/classifications in its four forms: mixed inputs as JSON, one raw picture, a form of pictures, raw embeddings.

import type { z } from 'zod';
import type {
  ClassificationQuery,
  ClassificationRequest,
  ClassificationResponse,
} from '#shared/contracts/classification.ts';
import { type PictureBytes, pictureBlob, pictureType } from '../picture.ts';
import type { Body, CallOptions, QueryValue, Transport } from '../transport.ts';

export type ClassificationInputOptions = Partial<z.output<typeof ClassificationQuery>>;

export type Classifications = {
  /** Up to 64 pictures (base64, URL, or the SHA-256 of one seen before) and embeddings, each with its own outcome. */
  create(request: z.input<typeof ClassificationRequest>, call?: CallOptions): Promise<ClassificationResponse>;
  /** One picture as the raw body: the cheapest way to send one. */
  picture(
    picture: PictureBytes,
    options?: ClassificationInputOptions,
    call?: CallOptions,
  ): Promise<ClassificationResponse>;
  /** Several pictures in one multipart form; results are in their order. */
  pictures(
    pictures: readonly PictureBytes[],
    options?: ClassificationInputOptions,
    call?: CallOptions,
  ): Promise<ClassificationResponse>;
  /** Embeddings `[n, d]`, row-major; no encoder is involved. */
  embeddings(
    rows: Float32Array<ArrayBuffer>,
    options?: ClassificationInputOptions,
    call?: CallOptions,
  ): Promise<ClassificationResponse>;
};

export function classifications(transport: Transport): Classifications {
  // Answers depend on nothing but the request, so all of these may be repeated.
  const post = (body: Body, query: Readonly<Record<string, QueryValue>>, call: CallOptions = {}) =>
    transport.json<ClassificationResponse>({
      ...call,
      method: 'POST',
      path: '/v1/classifications',
      query,
      body,
      repeatable: true,
    });
  return {
    create: (request, call) => post({ json: request }, {}, call),
    picture: async (picture, options = {}, call) =>
      post({ bytes: picture, contentType: await pictureType(picture) }, options, call),
    pictures: async (pictures, options = {}, call) => {
      const form = new FormData();
      for (const [index, picture] of pictures.entries()) {
        const type = await pictureType(picture);
        form.append('image', new Blob([pictureBlob(picture)], { type }), `picture-${index}`);
      }
      return post({ bytes: form, contentType: undefined }, options, call);
    },
    embeddings: (rows, options = {}, call) =>
      post({ bytes: littleEndian(rows), contentType: 'application/octet-stream' }, options, call),
  };
}

/** The wire is little-endian; so is nearly every machine, and then the rows go out as they lie in memory. */
function littleEndian(rows: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (isLittleEndian) return new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
  const view = new DataView(new ArrayBuffer(rows.byteLength));
  for (const [index, value] of rows.entries()) view.setFloat32(index * 4, value, true);
  return new Uint8Array(view.buffer);
}
