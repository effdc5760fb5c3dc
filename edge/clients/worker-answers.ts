// Parses what the worker answers. Whatever does not fit its contract is an error for the log, never a value.

import { decodeContainer } from '#shared/codec/container.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { Scoring } from '#shared/contracts/model.ts';
import { EncodedHeader, workHeaders } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';

export type EncodedFailure = EncodedHeader['failures'][number];

export type Encoded = {
  readonly model: ModelReference;
  readonly dimension: number;
  readonly logitScale: number;
  readonly scoring: Scoring;
  /** [n, d], unit rows; zeros where the item failed. */
  readonly embeddings: Float32Array<ArrayBuffer>;
  readonly failures: readonly EncodedFailure[];
  readonly tokens: number;
  /** Indices of texts that were cut. */
  readonly truncated: readonly number[];
  /** Decoded for it. */
  readonly pixels: number;
};

/** An `encoded` file of exactly `count` rows. */
export async function decodeEncoded(
  bytes: Uint8Array,
  count: number,
  pixels = 0,
): Promise<Result<Encoded, string>> {
  const file = await decodeContainer(bytes, { kind: 'encoded', schema: EncodedHeader });
  if (!file.ok) return err(file.error.detail);
  const { model, embeddingDimension: dimension, logitScale, scoring, failures } = file.value.header;
  const { tokens, truncated } = file.value.header;
  const embeddings = file.value.blocks.get('embeddings');
  if (!(embeddings instanceof Float32Array) || embeddings.length !== count * dimension) {
    return err(`expected ${count} rows of ${dimension} float32`);
  }
  if (failures.some(({ index }) => index >= count)) return err('a failure names an item that was not sent');
  return ok({ model, dimension, logitScale, scoring, embeddings, failures, tokens, truncated, pixels });
}

/** A whole body of at most `maxBytes`. */
export async function readBody(
  response: Response,
  maxBytes: number,
): Promise<Result<Uint8Array<ArrayBuffer>, string>> {
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > maxBytes) return err(`the answer has ${declared} bytes`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return bytes.byteLength <= maxBytes ? ok(bytes) : err(`the answer has ${bytes.byteLength} bytes`);
}

/** What the worker says that a request came to; 0 from a worker of before. */
export function workOf(response: Response): { readonly pixels: number; readonly texts: number } {
  const read = (name: string) => Math.max(0, Math.trunc(Number(response.headers.get(name)))) || 0;
  return { pixels: read(workHeaders.pixels), texts: read(workHeaders.texts) };
}
