// Parses what the worker answers. Whatever does not fit its contract is an error for the log, never a value.

import { decodeContainer } from '#shared/codec/container.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { Scoring } from '#shared/contracts/model.ts';
import { EncodedHeader, workHeaders } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { SortedOut } from './sort-out-lost.ts';

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
  readonly took?: WorkerTimes | undefined;
};

/** What a worker says of its time. Decoding and the model's run, both with the wait for them, where it was one picture. */
export type WorkerTimes = {
  readonly totalMs: number;
  readonly decodeMs?: number | undefined;
  readonly modelMs?: number | undefined;
};

/** An `encoded` file of exactly `count` rows. */
export async function decodeEncoded(
  bytes: Uint8Array,
  count: number,
  { pixels = 0, took }: Partial<Pick<Encoded, 'pixels' | 'took'>> = {},
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
  return ok({ model, dimension, logitScale, scoring, embeddings, failures, tokens, truncated, pixels, took });
}

/** A whole body of at most `maxBytes`. */
export async function readBody(
  response: Response,
  maxBytes: number,
): Promise<Result<Uint8Array<ArrayBuffer>, string>> {
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > maxBytes) return err(`the answer has ${declared} bytes`);
  if (declared > mostCollected && response.body !== null) return readWhole(response.body, declared);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isWhole = bytes.byteLength >= declared && bytes.byteLength <= maxBytes;
  return isWhole ? ok(bytes) : err(`the answer has ${bytes.byteLength} bytes`);
}

/** Of more the runtime is not to hold the pieces and, beside them, the whole. */
const mostCollected = 1024 * 1024;

async function readWhole(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  byteLength: number,
): Promise<Result<Uint8Array<ArrayBuffer>, string>> {
  const reader = body.getReader({ mode: 'byob' });
  let bytes = new Uint8Array(byteLength);
  let filled = 0;
  while (filled < byteLength) {
    const { value, done } = await reader.read(bytes.subarray(filled));
    if (value !== undefined) bytes = new Uint8Array(value.buffer);
    if (done) return err(`the answer has ${filled} of ${byteLength} bytes`);
    filled += value.byteLength;
  }
  return ok(bytes);
}

/** `undefined` from a worker of before. */
export function timesOf(response: Response): WorkerTimes | undefined {
  const header = response.headers.get('server-timing') ?? '';
  const read = (name: string): number | undefined => {
    const ms = new RegExp(`(?:^|, )${name};dur=([0-9.]{1,12})(?:,|$)`).exec(header)?.[1];
    return ms === undefined ? undefined : Number(ms);
  };
  const totalMs = read('total');
  return totalMs === undefined ? undefined : { totalMs, decodeMs: read('decode'), modelMs: read('model') };
}

/** What the worker says that a request came to; 0 from a worker of before. */
export function workOf(response: Response): { readonly pixels: number; readonly texts: number } {
  const read = (name: string) => Math.max(0, Math.trunc(Number(response.headers.get(name)))) || 0;
  return { pixels: read(workHeaders.pixels), texts: read(workHeaders.texts) };
}

/** Of one picture among others. */
export const leftOutDetail = 'The encoder ended twice while it worked on this picture. It is left out.';

/** As if those that were left out of a call had been sent, and had failed. */
export function withLeftOut({ value, sent }: SortedOut<Encoded>, count: number): Encoded {
  if (sent.length === count) return value;
  const { dimension } = value;
  const embeddings = new Float32Array(count * dimension);
  sent.forEach((index, row) => {
    embeddings.set(value.embeddings.subarray(row * dimension, (row + 1) * dimension), index * dimension);
  });
  const failures = value.failures.map((failure) => ({ ...failure, index: sent[failure.index] ?? 0 }));
  const leftOut = leftOutOf(sent, count).map(
    (index) => ({ index, code: 'unreadable-picture', detail: leftOutDetail }) as const,
  );
  return { ...value, embeddings, failures: [...failures, ...leftOut] };
}

export function leftOutOf(sent: readonly number[], count: number): number[] {
  const chosen = new Set(sent);
  return Array.from({ length: count }, (_, index) => index).filter((index) => !chosen.has(index));
}
