// Answers: from unit embeddings to the probability and cosine of every label, by a fitted head.
//
// With x^ = normalise(P x − P mean): scores are cosines prototypes · x^; logits are logitScale · scores for `zero-shot` and
// weights (featureScale · x^) + bias for `probe` and `wise`; probabilities are softmax(logits / temperature). Which mean is
// taken out is the mode's: that of an environment's profile, or of the sources, or none.
// Written for the edge: float32 throughout, scratch buffers reused between calls, no allocation but the answer's. How the
// matrices are multiplied is the caller's choice (HoldRows): in JavaScript, or held in WebAssembly memory (held-rows.ts).

import { checkLength } from '../check-length.ts';
import type { EstimatorName } from '../estimator-name.ts';
import { multiplyFloat32 } from '../kernels/float32-product.ts';
import type { HoldRows, RowProduct } from '../kernels/hold-rows.ts';
import { normaliseRows } from '../linear/vector.ts';

export type HeadName = 'zero-shot' | 'probe' | 'wise';

/** With a profile of the environment at hand, or without one. */
export type ModeName = 'profiled' | 'unprofiled';

/**
 * What made P, by docs/method.md: `plain` CLIP as it is; `centred`, means taken out and P = I; `edits`, the paper's objective on what
 * interventions move; `environments`, the same with what moves between environments; `dimension`, the leading directions of
 * the pictures; `fixed`, what the caller named.
 */
export type ModeChoice = 'plain' | 'centred' | 'edits' | 'environments' | 'dimension' | 'fixed';

/** One way to answer: a head in one mode, as stored in an artefact. k = `dimension`, c labels, d the embedding's length. */
export type FittedHead = {
  readonly head: HeadName;
  readonly choice: ModeChoice;
  /** Whether a mean is taken out of pictures before projecting; that of labels is out of the prototypes already. */
  readonly centred: boolean;
  readonly estimator: Exclude<EstimatorName, 'reference'>;
  /** Relative λ′. */
  readonly lambda?: number;
  readonly dimension: number;
  /** `wise`: 0 is the zero-shot prototypes, 1 the probe. */
  readonly alpha?: number;
  readonly logitScale: number;
  readonly temperature: number;
  readonly featureScale?: number;
  /** P [k, d]; absent for the identity. Modes that share a P share the array. */
  readonly projection?: Float32Array;
  /** Projected prototypes, unit rows [c, k]. */
  readonly prototypes: Float32Array;
  /** [c, k] and [c]; `probe` and `wise`. */
  readonly weights?: Float32Array;
  readonly bias?: Float32Array;
};

/** A head in its two modes. An artefact of the first format has only the unprofiled one. */
export type FittedModes = {
  readonly head: HeadName;
  readonly unprofiled: FittedHead;
  readonly profiled?: FittedHead;
};

/**
 * How logits become probabilities. `softmax`: over the labels asked about. `sigmoid`: of each label by itself, with a bias added to
 * its logit, so that several may hold, or none (Zhai et al., "Sigmoid Loss for Language Image Pre-Training", ICCV 2023).
 */
export type HeadScoring =
  | { readonly kind: 'softmax' }
  | { readonly kind: 'sigmoid'; readonly logitBias: number };

export type CompiledHead = {
  readonly embeddingDimension: number;
  readonly classCount: number;
  readonly dimension: number;
  /** `undefined` for the identity. */
  readonly projection: RowProduct | undefined;
  readonly centred: boolean;
  /** P mean [k], taken out of projected pictures where the call brings no other. */
  readonly centre: Float32Array | undefined;
  readonly prototypes: RowProduct;
  /** Logits are factor · scores, or where there is a probe factor · (weights x^) + bias; temperature is in both. */
  readonly factor: number;
  readonly probe: { readonly weights: RowProduct; readonly bias: Float32Array } | undefined;
  /** Absent: softmax. */
  readonly scoring?: HeadScoring;
  readonly scratch: { projected: Float32Array<ArrayBuffer> };
};

export type Classification = {
  /** [n, c]; rows sum to 1 where the head's scoring is softmax. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** Cosines [n, c]. */
  readonly scores: Float32Array<ArrayBuffer>;
};

/** Costs nothing to make ready, for heads that answer once. */
const inJavaScript: HoldRows = (matrix, dimension) => (vectors, out) =>
  multiplyFloat32(vectors, matrix, dimension, out);

/**
 * A head ready to answer. `mean` [d] is what a centred head takes out of pictures where classify is given no other. Throws
 * RangeError where its arrays do not fit its shapes.
 */
export function compileHead(
  head: FittedHead,
  embeddingDimension: number,
  mean?: Float32Array,
  hold: HoldRows = inJavaScript,
): CompiledHead {
  const { dimension, temperature } = head;
  const classCount = head.prototypes.length / dimension;
  const length = head.projection?.length ?? embeddingDimension * embeddingDimension;
  if (length !== dimension * embeddingDimension) {
    throw new RangeError(
      `a projection to ${dimension} of ${embeddingDimension} dimensions has ${length} values`,
    );
  }
  const probe = compileProbe(head, classCount, hold);
  const isIdentity = head.projection === undefined || head.estimator === 'identity';
  const projection = isIdentity ? undefined : hold(head.projection, embeddingDimension);
  return {
    embeddingDimension,
    classCount,
    dimension,
    projection,
    centred: head.centred,
    centre: head.centred && mean !== undefined ? projectMean(projection, mean) : undefined,
    prototypes: hold(head.prototypes, dimension),
    factor: (probe === undefined ? head.logitScale : (head.featureScale ?? 1)) / temperature,
    probe,
    scratch: { projected: new Float32Array(0) },
  };
}

/** P mean [k], the centre that classify takes for pictures of one environment; `mean` is [d]. */
export function centreOf({ projection }: CompiledHead, mean: Float32Array): Float32Array {
  return projectMean(projection, mean);
}

function projectMean(projection: RowProduct | undefined, mean: Float32Array): Float32Array {
  return projection === undefined ? mean : projection(mean);
}

function compileProbe(head: FittedHead, classCount: number, hold: HoldRows): CompiledHead['probe'] {
  const { weights, bias, temperature, dimension } = head;
  if (head.head === 'zero-shot') return undefined;
  if (weights === undefined || bias === undefined)
    throw new RangeError(`a ${head.head} head has weights and bias`);
  checkLength('weights', weights, classCount * dimension);
  checkLength('bias', bias, classCount);
  return { weights: hold(weights, dimension), bias: bias.map((value) => value / temperature) };
}

/** Plain CLIP with ad-hoc labels: `prototypes` [c, d] of unit rows. */
export function plainHead(
  prototypes: Float32Array,
  embeddingDimension: number,
  logitScale: number,
  scoring: HeadScoring = { kind: 'softmax' },
): CompiledHead {
  return {
    embeddingDimension,
    classCount: prototypes.length / embeddingDimension,
    dimension: embeddingDimension,
    projection: undefined,
    centred: false,
    centre: undefined,
    prototypes: inJavaScript(prototypes, embeddingDimension),
    factor: logitScale,
    probe: undefined,
    scoring,
    scratch: { projected: new Float32Array(0) },
  };
}

/** The head with other labels: `prototypes` [c, k] of unit rows, logits `factor` times the cosines, no probe. */
export function withPrototypes(head: CompiledHead, prototypes: Float32Array, factor: number): CompiledHead {
  return {
    ...head,
    classCount: prototypes.length / head.dimension,
    prototypes: inJavaScript(prototypes, head.dimension),
    factor,
    probe: undefined,
    scratch: { projected: new Float32Array(0) },
  };
}

/**
 * Answers for `count` unit rows of `embeddings` [count, d]; `centre` [k], or nothing, is taken out in place of the head's own (centreOf). The
 * same input gives the same bytes, alone or in a batch.
 */
export function classify(
  head: CompiledHead,
  embeddings: Float32Array,
  count: number,
  centre: Float32Array | 'none' | undefined = head.centre,
): Classification {
  checkLength('embeddings', embeddings, count * head.embeddingDimension);
  const { classCount, factor, probe } = head;
  const projected = project(head, embeddings, count, centre);
  const scores = head.prototypes(projected);
  const probabilities = probe === undefined ? scores.slice() : probe.weights(projected);
  for (let start = 0; start < probabilities.length; start += classCount) {
    for (let i = 0; i < classCount; i++) {
      probabilities[start + i] =
        factor * (probabilities[start + i] as number) + (probe === undefined ? 0 : (probe.bias[i] as number));
    }
    toProbabilities(probabilities, start, head);
  }
  return { probabilities, scores };
}

function toProbabilities(
  logits: Float32Array,
  start: number,
  { scoring, classCount }: Pick<CompiledHead, 'scoring' | 'classCount'>,
): void {
  if (scoring?.kind !== 'sigmoid') {
    softmaxInPlace(logits, start, classCount);
    return;
  }
  for (let i = start; i < start + classCount; i++) {
    logits[i] = 1 / (1 + Math.exp(-((logits[i] as number) + scoring.logitBias)));
  }
}

/** x^ [count, k], in a buffer of the head that the next call reuses. */
export function project(
  head: CompiledHead,
  embeddings: Float32Array,
  count: number,
  centre: Float32Array | 'none' | undefined = head.centre,
): Float32Array<ArrayBuffer> {
  const { scratch, dimension, projection } = head;
  scratch.projected = atLeast(scratch.projected, count * dimension);
  const projected = scratch.projected.subarray(0, count * dimension);
  if (projection === undefined) projected.set(embeddings);
  else projection(embeddings, projected);
  if (centre !== undefined && centre !== 'none') takeOut(projected, centre);
  normaliseRows(projected, dimension);
  return projected;
}

function takeOut(rows: Float32Array, centre: Float32Array): void {
  const width = centre.length;
  for (let start = 0; start < rows.length; start += width) {
    for (let i = 0; i < width; i++) rows[start + i] = (rows[start + i] as number) - (centre[i] as number);
  }
}

function atLeast(buffer: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  return buffer.length >= length ? buffer : new Float32Array(length);
}

/** Turns `length` logits from `start` into probabilities, shifted by their largest so that none overflows. */
export function softmaxInPlace(logits: Float32Array | Float64Array, start: number, length: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + length; i++) largest = Math.max(largest, logits[i] as number);
  let sum = 0;
  for (let i = start; i < start + length; i++) {
    const value = Math.exp((logits[i] as number) - largest);
    logits[i] = value;
    sum += value;
  }
  for (let i = start; i < start + length; i++) logits[i] = (logits[i] as number) / sum;
}

/** Indices of the k largest of `values`, largest first; of equals the lower index first. */
export function topK(values: ArrayLike<number>, k: number): number[] {
  if (k > mostInserted) return sortedTopK(values, k);
  const best: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (best.length === k && !(value > (values[best[k - 1] as number] as number))) continue;
    let at = best.length === k ? k - 1 : best.length;
    while (at > 0 && value > (values[best[at - 1] as number] as number)) at--;
    best.splice(at, 0, index);
    if (best.length > k) best.pop();
  }
  return best;
}

/** Beyond this many, finding the place of each costs more than sorting all. */
const mostInserted = 32;

function sortedTopK(values: ArrayLike<number>, k: number): number[] {
  const indices = Array.from({ length: values.length }, (_, index) => index);
  indices.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  return indices.slice(0, k);
}
