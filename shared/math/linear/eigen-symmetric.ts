// The symmetric eigenproblem A v = μ v: scaling, order and signs around the reduction and the QL iteration.

import { err, ok, type Result } from '#shared/result.ts';
import { checkLength } from '../check-length.ts';
import type { MathError } from '../math-error.ts';
import { diagonalise } from './implicit-ql.ts';
import { formTransposed } from './reflections.ts';
import { tridiagonalise } from './tridiagonal.ts';

export type Eigen = {
  /** Descending [n]. */
  readonly values: Float64Array<ArrayBuffer>;
  /**
   * Row j is the unit eigenvector of `values[j]` [n, n], its entry of largest magnitude positive (the first of equals),
   * so that the first k rows are the k largest.
   */
  readonly vectors: Float64Array<ArrayBuffer>;
};

/**
 * All eigenvalues and eigenvectors of symmetric `matrix` [n, n] (its lower triangle is read; it is not changed).
 * Does not converge where the matrix has values that are not finite, or the iteration does not end.
 */
export function eigenSymmetric(
  matrix: Float64Array,
  size: number,
): Result<Eigen, MathError<'no-convergence'>> {
  const scaled = scale(matrix, size);
  if (!scaled.ok) return scaled;
  const tridiagonal = tridiagonalise(scaled.value.matrix, size);
  const vectors = formTransposed(tridiagonal, size);
  if (!diagonalise(tridiagonal.diagonal, tridiagonal.offDiagonal, vectors)) return err(notConverged);
  const { values, order } = descending(tridiagonal.diagonal, scaled.value.unit);
  return ok({ values, vectors: orderRows(vectors, size, order) });
}

/** The eigenvalues alone, descending, at a fraction of the cost. */
export function eigenvaluesSymmetric(
  matrix: Float64Array,
  size: number,
): Result<Float64Array, MathError<'no-convergence'>> {
  const scaled = scale(matrix, size);
  if (!scaled.ok) return scaled;
  const { diagonal, offDiagonal } = tridiagonalise(scaled.value.matrix, size);
  if (!diagonalise(diagonal, offDiagonal)) return err(notConverged);
  return ok(descending(diagonal, scaled.value.unit).values);
}

const notConverged: MathError<'no-convergence'> = {
  code: 'no-convergence',
  detail: 'The eigenvalues of the moment matrix did not converge.',
};

/** A copy divided by its largest magnitude, so that no square over- or underflows. */
function scale(
  matrix: Float64Array,
  size: number,
): Result<{ matrix: Float64Array<ArrayBuffer>; unit: number }, MathError<'no-convergence'>> {
  checkLength('symmetric matrix', matrix, size * size);
  let unit = 0;
  for (let i = 0; i < matrix.length; i++) {
    const magnitude = Math.abs(matrix[i] as number);
    if (!(magnitude < Number.POSITIVE_INFINITY)) {
      return err({ code: 'no-convergence', detail: 'A moment matrix holds a value that is not finite.' });
    }
    if (magnitude > unit) unit = magnitude;
  }
  if (unit === 0) unit = 1;
  const scaled = new Float64Array(matrix.length);
  for (let i = 0; i < matrix.length; i++) scaled[i] = (matrix[i] as number) / unit;
  return ok({ matrix: scaled, unit });
}

function descending(
  diagonal: Float64Array,
  unit: number,
): { values: Float64Array<ArrayBuffer>; order: number[] } {
  const order = Array.from(diagonal.keys()).sort(
    (a, b) => (diagonal[b] as number) - (diagonal[a] as number) || a - b,
  );
  return { values: Float64Array.from(order, (index) => (diagonal[index] as number) * unit), order };
}

/** The rows of `vectors` [n, n] in this order, with their signs fixed. */
function orderRows(vectors: Float64Array, size: number, order: readonly number[]): Float64Array<ArrayBuffer> {
  const ordered = new Float64Array(size * size);
  for (const [place, row] of order.entries()) {
    const vector = vectors.subarray(row * size, (row + 1) * size);
    const start = place * size;
    const sign = largestEntry(vector) < 0 ? -1 : 1;
    for (let i = 0; i < size; i++) ordered[start + i] = sign * (vector[i] as number);
  }
  return ordered;
}

/** The entry of largest magnitude, the first of equals. */
function largestEntry(vector: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] as number;
    if (Math.abs(value) > Math.abs(largest)) largest = value;
  }
  return largest;
}
