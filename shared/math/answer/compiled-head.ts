// Heads made ready to answer: fitted ones, plain CLIP, and a head with other labels. How the matrices are multiplied is the
// caller's choice (HoldRows): in JavaScript, or held in WebAssembly memory (held-rows.ts). Answers nothing itself.

import { checkLength } from '../check-length.ts';
import { multiplyFloat32 } from '../kernels/float32-product.ts';
import type { HoldRows, RowProduct } from '../kernels/hold-rows.ts';
import type { FittedHead } from './fitted-head.ts';

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
