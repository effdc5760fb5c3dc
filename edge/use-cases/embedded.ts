// What a request gives to be embedded, and what becomes of each: an embedding of unit length or an error of its own. Embeddings
// that are given are only checked.

import type { AppError } from '#shared/app-error.ts';
import type { EmbeddingSource } from '#shared/contracts/classification.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { maxInputs } from '#shared/contracts/limits.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EmbeddingCache } from '../cache/embedding-cache.ts';
import type { GpuWorkerClient } from '../clients/gpu-worker.ts';
import type { EncodeFailure, FetchFailure } from '../clients/worker-call.ts';
import type { ItemStore } from '../stores/item-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { invalid } from './head-options.ts';

export type Input =
  | { readonly kind: 'embedding'; readonly vector: Float32Array }
  | { readonly kind: 'picture'; readonly bytes: Uint8Array }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'sha256'; readonly sha256: string }
  /** Already known to be wrong, e.g. base64 that is none. */
  | { readonly kind: 'error'; readonly error: AppError<'invalid-request' | 'payload-too-large'> };

/** What may be wrong with one input, or keep it from being encoded. */
export type InputFailure =
  | FetchFailure
  | 'busy'
  | EncodeFailure
  | 'unreadable-picture'
  | 'picture-too-large'
  | 'model-mismatch'
  | 'quota-exceeded';

export type Embedded = {
  /** Unit length. */
  readonly embedding: Float32Array;
  readonly source: EmbeddingSource;
  readonly sha256: string | undefined;
};
export type EmbeddedResult = Result<Embedded, AppError<InputFailure>>;

export type EmbedTarget = {
  readonly model: ModelReference;
  readonly dimension: number;
  /** JSON pointer of input i, for errors. */
  readonly pointerOf: (index: number) => string;
};

export type EmbedSources = {
  readonly embeddings: Pick<EmbeddingCache, 'find' | 'put'>;
  readonly items: Pick<ItemStore, 'pictures'>;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly worker: Pick<GpuWorkerClient, 'encodePictures' | 'fetchUrl'>;
  readonly maxPictureBytes: number;
};

/** Inputs that came as one array [n, d]. */
export function unpackEmbeddings(
  packed: Float32Array,
  dimension: number,
): Result<Input[], AppError<'invalid-request'>> {
  const count = packed.length / dimension;
  if (!Number.isInteger(count) || count < 1 || count > maxInputs) {
    const message = `The body must hold 1 to ${maxInputs} embeddings of ${dimension} float32, ${4 * dimension} bytes each.`;
    return err(invalid('', message));
  }
  const inputs: Input[] = [];
  for (let start = 0; start < packed.length; start += dimension) {
    inputs.push({ kind: 'embedding', vector: packed.subarray(start, start + dimension) });
  }
  return ok(inputs);
}

/** The common case, embeddings alone, without waiting for anything. */
export function embedNow(inputs: readonly Input[], target: EmbedTarget): EmbeddedResult[] | undefined {
  const results: EmbeddedResult[] = [];
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index];
    if (input?.kind !== 'embedding') return undefined;
    results.push(checkEmbedding(input.vector, target, index));
  }
  return results;
}

export function checkEmbedding(
  vector: Float32Array,
  { dimension, pointerOf }: EmbedTarget,
  index: number,
): EmbeddedResult {
  const refuse = (message: string) => err(invalid(`${pointerOf(index)}/embedding`, message));
  if (vector.length !== dimension) {
    return refuse(`The embedding has ${vector.length} numbers; the model's have ${dimension}.`);
  }
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i] as number) ** 2;
  // One sum tells both: it is finite exactly when every number is (float32 squares cannot overflow float64).
  if (!Number.isFinite(squares)) return refuse('The embedding has a number that is not finite.');
  if (squares === 0) return refuse('The embedding is all zeros.');
  const scale = 1 / Math.sqrt(squares);
  const embedding = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) embedding[i] = (vector[i] as number) * scale;
  return ok({ embedding, source: 'request', sha256: undefined });
}

/** The error of all inputs, where all have failed for the same reason. */
export function commonFailure(embedded: readonly EmbeddedResult[]): AppError<InputFailure> | undefined {
  const first = embedded[0];
  if (first === undefined || first.ok) return undefined;
  const same = embedded.every((result) => !result.ok && result.error.code === first.error.code);
  return same ? first.error : undefined;
}
