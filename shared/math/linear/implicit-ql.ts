// Eigenvalues of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift, and the rotations applied to Q.
//
// Source: the algorithm of EISPACK's imtql2 (Martin & Wilkinson 1968). The rotations are not applied one by one: see
// rotation-buffer.ts.

import { RotationBuffer } from '../kernels/rotation-buffer.ts';

/** Sweeps per eigenvalue before giving up; two are usual. */
const maxSweepsPerEigenvalue = 60;

/**
 * Overwrites `diagonal` [n] with the eigenvalues (in no order) and, where `vectors` = Qᵀ [n, n] is given, its rows with the
 * eigenvectors of Q T Qᵀ. False where an eigenvalue did not converge.
 */
export function diagonalise(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  vectors?: Float64Array,
): boolean {
  const size = diagonal.length;
  // Beside all of T, not beside their neighbours: errors of this size are in T from its rounding, and among eigenvalues that fade
  // into them nothing would get small enough.
  const negligible = Number.EPSILON * largestRowSum(diagonal, offDiagonal);
  const rotations = vectors === undefined ? undefined : new RotationBuffer(vectors, size);
  for (let low = 0; low < size; low++) {
    for (let sweep = 0; ; sweep++) {
      const high = endOfBlock(offDiagonal, low, negligible);
      if (high === low) break;
      if (sweep === maxSweepsPerEigenvalue) return false;
      chase(diagonal, offDiagonal, low, high, rotations);
    }
  }
  rotations?.finish();
  return true;
}

/** |T|, the largest sum of magnitudes in a row. */
function largestRowSum(diagonal: Float64Array, offDiagonal: Float64Array): number {
  let largest = 0;
  let before = 0;
  for (let i = 0; i < diagonal.length; i++) {
    const after = Math.abs(offDiagonal[i] as number);
    largest = Math.max(largest, before + Math.abs(diagonal[i] as number) + after);
    before = after;
  }
  return largest;
}

/** The last index that is coupled to `low` through elements that matter. */
function endOfBlock(offDiagonal: Float64Array, low: number, negligible: number): number {
  let high = low;
  while (high < offDiagonal.length - 1 && !(Math.abs(offDiagonal[high] as number) <= negligible)) high++;
  return high;
}

/** One sweep of the bulge from `high` up to `low`. */
function chase(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  low: number,
  high: number,
  rotations: RotationBuffer | undefined,
): void {
  rotations?.beginSweep(low, high);
  let g = (diagonal[high] as number) - wilkinsonShift(diagonal, offDiagonal, low);
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * (offDiagonal[i] as number);
    const b = cosine * (offDiagonal[i] as number);
    const r = Math.sqrt(f * f + g * g);
    offDiagonal[i + 1] = r;
    // r = 0 only where both vanish (an underflow): any rotation will do, the identity is one.
    sine = r === 0 ? 0 : f / r;
    cosine = r === 0 ? 1 : g / r;
    const before = (diagonal[i + 1] as number) - shift;
    const change = ((diagonal[i] as number) - before) * sine + 2 * cosine * b;
    shift = sine * change;
    diagonal[i + 1] = before + shift;
    g = cosine * change - b;
    rotations?.push(cosine, sine);
  }
  diagonal[low] = (diagonal[low] as number) - shift;
  offDiagonal[low] = g;
  offDiagonal[high] = 0;
}

/** The eigenvalue of the leading 2 x 2 block of [low, high] that is nearer to its first element. */
function wilkinsonShift(diagonal: Float64Array, offDiagonal: Float64Array, low: number): number {
  const first = diagonal[low] as number;
  const coupling = offDiagonal[low] as number;
  const g = ((diagonal[low + 1] as number) - first) / (2 * coupling);
  const r = Math.sqrt(g * g + 1);
  return first - coupling / (g + (g >= 0 ? r : -r));
}
