// POST /v1/classifications in its four forms: mixed inputs as JSON, one raw picture, a form of pictures, raw embeddings.

import type { z } from 'zod';
import type {
  ClassificationQuery,
  ClassificationRequest,
  ClassificationResponse,
} from '#shared/contracts/classification.ts';
import { floatBody, pictureForm } from '../bodies.ts';
import { type PictureBytes, pictureType } from '../picture.ts';
import type { Body, CallOptions, QueryValue, Transport } from '../transport.ts';

type Query = z.output<typeof ClassificationQuery>;
export type ClassificationInputOptions = { readonly [Name in keyof Query]?: Query[Name] | undefined };

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
    pictures: async (pictures, options = {}, call) =>
      post({ bytes: await pictureForm(pictures), contentType: undefined }, options, call),
    embeddings: (rows, options = {}, call) => post(floatBody(rows), options, call),
  };
}
