// The projections that `auto` compares (docs/method.md, “What `auto` chooses from”), each from the sums of the sources of one fold, or of all.

import { err, ok, type Result } from '#shared/result.ts';
import type { ModeChoice } from '../answer/fitted-head.ts';
import { type Eigen, eigenSymmetric } from '../linear/eigen-symmetric.ts';
import { addScaled, packedTrace, unpack } from '../linear/packed.ts';
import type { MathError } from '../math-error.ts';
import { betweenCovariance, withinCovariance } from './environment-moments.ts';
import type { FitInput } from './fit-input.ts';
import { momentsOf, shrunkPairs } from './moments.ts';
import { type SourceMeans, sourceMeans } from './source-means.ts';

/** Those of ModeChoice that have a projection of their own. */
export type SubspaceChoice = Extract<ModeChoice, 'edits' | 'environments' | 'dimension'>;

/** An orthonormal basis of the whole space, of which the first rows are P. */
export type Subspace = {
  /** k. */
  readonly dimension: number;
  /** [d, d]. */
  readonly basis: Float64Array;
};

/** Sources that something is fitted from. */
export type Sources = {
  readonly input: FitInput;
  readonly environments: readonly number[];
  /** Those whose edits may enter S. */
  readonly interventions: readonly number[];
  readonly means: SourceMeans;
};

export function sourcesOf(
  input: FitInput,
  environments: readonly number[],
  interventions: readonly number[],
): Sources {
  return { input, environments, interventions, means: sourceMeans(input.statistics, environments) };
}

/** P [k, d] of a subspace. */
export function leadingRows({ basis, dimension }: Subspace): Float32Array<ArrayBuffer> {
  const size = Math.round(Math.sqrt(basis.length));
  return new Float32Array(basis.subarray(0, dimension * size));
}

/** k of a choice: half of d, or for `dimension` an eighth, at least the number of labels. */
export function dimensionOf(choice: SubspaceChoice, dimension: number, classCount: number): number {
  if (choice !== 'dimension') return Math.max(1, Math.floor(dimension / 2));
  return Math.min(dimension, Math.max(classCount, Math.floor(dimension / 8), 1));
}

/**
 * The subspace of a choice. Too few samples: there is nothing to make it of (no edits, one environment).
 */
export function solveSubspace(choice: SubspaceChoice, sources: Sources): Result<Subspace, MathError> {
  const { statistics, classCount } = sources.input;
  const eigen = choice === 'dimension' ? secondMomentEigen(sources) : objectiveEigen(choice, sources);
  if (!eigen.ok) return eigen;
  return ok({
    dimension: dimensionOf(choice, statistics.dimension, classCount),
    basis: eigen.value.vectors,
  });
}

function secondMomentEigen({ input, environments }: Sources): Result<Eigen, MathError> {
  const moments = momentsOf(input.statistics, {
    environments,
    interventions: [],
    shrinkage: 0,
    centred: false,
  });
  return moments.ok ? eigenSymmetric(moments.value.second, moments.value.dimension) : moments;
}

/** Of C_w − λS*, λ = tr C_w / tr S*. */
function objectiveEigen(
  choice: Exclude<SubspaceChoice, 'dimension'>,
  sources: Sources,
): Result<Eigen, MathError> {
  const { statistics } = sources.input;
  const { dimension } = statistics;
  const moved = movedMatrix(choice, sources);
  const movedTrace = packedTrace(moved, dimension);
  if (movedTrace === 0) {
    return err({ code: 'too-few-samples', detail: 'Nothing that may be used moved any picture.' });
  }
  const objective = withinCovariance(statistics, sources.environments);
  addScaled(objective, moved, -packedTrace(objective, dimension) / movedTrace);
  return eigenSymmetric(unpack(objective, dimension), dimension);
}

/** S* , packed: S/tr S of the edits, for `environments` also B/tr B; each only where it is there. */
function movedMatrix(
  choice: Exclude<SubspaceChoice, 'dimension'>,
  { input, environments, interventions, means }: Sources,
): Float64Array<ArrayBuffer> {
  const { statistics, textPairs, options } = input;
  const { dimension } = statistics;
  const edits = shrunkPairs(statistics, {
    environments,
    interventions,
    ...(textPairs === undefined ? {} : { textPairs }),
    shrinkage: options.shrinkage,
  });
  const parts = choice === 'edits' ? [edits] : [edits, betweenCovariance(means)];
  const moved = new Float64Array(edits.length);
  for (const part of parts) {
    const trace = packedTrace(part, dimension);
    if (trace > 0) addScaled(moved, part, 1 / trace);
  }
  return moved;
}
