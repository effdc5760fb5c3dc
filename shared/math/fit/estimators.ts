// The estimators of the invariant subspace: each turns moments into a family of projections, one for every dimension k.
// Which member to take is selection's business.
//
// Source: Song et al., "Learning Invariant Causal Mechanism from Vision-Language Models", ICML 2025, arXiv 2405.15289,
// for the objective min |X − XPᵀP|²/n + λ|ΔPᵀ|²/n, PPᵀ = I, which the k LARGEST eigenvalues of C − λS solve.

import { err, ok, type Result } from '#shared/result.ts';
import type { EstimatorName } from '../estimator-name.ts';
import { multiplyRows64 } from '../kernels/fast-product.ts';
import { type Eigen, eigenSymmetric, eigenvaluesSymmetric } from '../linear/eigen-symmetric.ts';
import { identityMatrix, inverseCholesky, transpose } from '../linear/matrix.ts';
import type { MathError } from '../math-error.ts';
import type { Moments } from './moments.ts';

/** All projections of one estimator and λ: P of dimension k has the rows scale[j] · basis row j, j < k. */
export type Family = {
  readonly estimator: EstimatorName;
  /** Relative λ′, where the estimator has one. */
  readonly lambda?: number;
  /** [d, d]; orthonormal but for `gevd`, whose rows v have vᵀ(S + γI)v = 1. */
  readonly basis: Float64Array<ArrayBuffer>;
  /** [d]. All 1 but for `soft`. */
  readonly scale: Float64Array<ArrayBuffer>;
  /** What the rows are ordered by [d]: eigenvalues, or for `soft` and `nap` those of S. */
  readonly values: Float64Array<ArrayBuffer>;
};

/** P [k, d] of a family. */
export function projectionOf(family: Family, dimension: number): Float64Array<ArrayBuffer> {
  const { basis, scale } = family;
  const size = scale.length;
  if (!(dimension >= 1 && dimension <= size)) {
    throw new RangeError(`there is no projection of dimension ${dimension} in ${size}`);
  }
  return basis
    .slice(0, dimension * size)
    .map((value, index) => value * (scale[Math.floor(index / size)] as number));
}

export function identityFamily(dimension: number): Family {
  const ones = new Float64Array(dimension).fill(1);
  return { estimator: 'identity', basis: identityMatrix(dimension), scale: ones, values: ones };
}

/** `icm`: eigenvectors of C − λS, largest first, λ = λ′ · tr C / tr S; any λ′ > 0 needs pairs. */
export function icmFamily(moments: Moments, lambda: number): Result<Family, MathError> {
  if (lambda > 0 && moments.pairsTrace === 0) return err(noPairs);
  const absolute = lambda === 0 ? 0 : (lambda * moments.secondTrace) / moments.pairsTrace;
  const eigen = invariantEigen(moments.second, moments.pairs, absolute, moments.dimension);
  return eigen.ok ? ok(unscaled('icm', eigen.value, lambda)) : eigen;
}

/** `reference`: eigenvectors of C − λS with λ as given, SMALLEST first. Its scores are not renormalised. */
export function referenceFamily(
  moments: Moments,
  absoluteLambda: number,
): Result<Family, MathError<'no-convergence'>> {
  const eigen = invariantEigen(moments.second, moments.pairs, absoluteLambda, moments.dimension);
  return eigen.ok ? ok(unscaled('reference', smallestFirst(eigen.value), absoluteLambda)) : eigen;
}

/** The eigenproblem of the paper's objective: C − λS [d, d] with an absolute λ. */
export function invariantEigen(
  second: Float64Array,
  pairs: Float64Array,
  absoluteLambda: number,
  dimension: number,
): Result<Eigen, MathError<'no-convergence'>> {
  const matrix = new Float64Array(second.length);
  for (let i = 0; i < matrix.length; i++) {
    matrix[i] = (second[i] as number) - absoluteLambda * (pairs[i] as number);
  }
  return eigenSymmetric(matrix, dimension);
}

/** The eigenvectors of S, those that move least first: what `nap` and `soft` are made of. */
export function pairEigen(moments: Moments): Result<Eigen, MathError> {
  if (moments.pairsTrace === 0) return err(noPairs);
  const eigen = eigenSymmetric(moments.pairs, moments.dimension);
  return eigen.ok ? ok(smallestFirst(eigen.value)) : eigen;
}

/** `nap`: off the r = d − k directions of largest S. `eigen` is pairEigen's. */
export function napFamily(eigen: Eigen): Family {
  return unscaled('nap', eigen);
}

/**
 * `soft`: (I + λ′S̄)^(−1/2) with S̄ = S·d/tr S, in the basis of S: equal to the symmetric root up to a rotation, which no
 * cosine and no L2-regularised probe sees. With k < d also without the directions that move most. `eigen` is pairEigen's.
 */
export function softFamily(eigen: Eigen, lambda: number): Family {
  const dimension = eigen.values.length;
  const trace = eigen.values.reduce((sum, value) => sum + value, 0);
  const scale = eigen.values.map(
    (value) => 1 / Math.sqrt(1 + (lambda * Math.max(0, value) * dimension) / trace),
  );
  return { estimator: 'soft', lambda, basis: eigen.vectors, scale, values: eigen.values };
}

/**
 * `gevd`: C v = ρ (S + γI) v, largest ρ first, by the Cholesky factor of the right side.
 * Too few samples: S is singular (no pairs, or too few without shrinkage).
 */
export function gevdFamily(moments: Moments): Result<Family, MathError> {
  const { dimension } = moments;
  if (moments.pairsTrace === 0) return err(noPairs);
  const whitened = whiten(moments);
  if (whitened === undefined) return err(singularPairs);
  const eigen = eigenSymmetric(whitened.second, dimension);
  if (!eigen.ok) return eigen;
  const columns = transpose(whitened.whitening, dimension, dimension);
  const vectors = multiplyRows64(eigen.value.vectors, columns, dimension);
  return ok(unscaled('gevd', { values: eigen.value.values, vectors }));
}

/** The ρ of `gevd` alone, descending [d]; empty where there are no pairs or they do not span the space. */
export function gevdSpectrum(moments: Moments): number[] {
  const whitened = moments.pairsTrace === 0 ? undefined : whiten(moments);
  const values = whitened && eigenvaluesSymmetric(whitened.second, moments.dimension);
  return values?.ok ? [...values.value] : [];
}

/** L⁻¹ of S + γI = L Lᵀ, and L⁻¹ C L⁻ᵀ. */
function whiten({ pairs, second, dimension }: Moments) {
  const whitening = inverseCholesky(pairs, dimension);
  if (whitening === undefined) return undefined;
  const half = multiplyRows64(whitening, second, dimension);
  return { whitening, second: multiplyRows64(half, whitening, dimension) };
}

const noPairs: MathError<'too-few-samples'> = {
  code: 'too-few-samples',
  detail: 'No intervention that may be used changed any picture.',
};

const singularPairs: MathError<'too-few-samples'> = {
  code: 'too-few-samples',
  detail: 'The pairs do not span the space of embeddings; more of them or a shrinkage above 0 is needed.',
};

function unscaled(estimator: EstimatorName, { values, vectors }: Eigen, lambda?: number): Family {
  const scale = new Float64Array(values.length).fill(1);
  return { estimator, basis: vectors, scale, values, ...(lambda === undefined ? {} : { lambda }) };
}

function smallestFirst({ values, vectors }: Eigen): Eigen {
  const size = values.length;
  const reversed = new Float64Array(vectors.length);
  for (let row = 0; row < size; row++) {
    reversed.set(vectors.subarray((size - 1 - row) * size, (size - row) * size), row * size);
  }
  return { values: values.toReversed(), vectors: reversed };
}
