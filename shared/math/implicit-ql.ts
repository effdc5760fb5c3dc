// Eigenvalues of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift, and the rotations applied to Q.
//
// Source: the algorithm of EISPACK's imtql2 (Martin & Wilkinson 1968). The rotations are not applied one by one: those of
// many sweeps are kept and then run along a few rows of Q at a time, which stay in the first-level cache.

/** Sweeps per eigenvalue before giving up; two are usual. */
export const maxSweepsPerEigenvalue = 60;

/**
 * Overwrites `diagonal` [n] with the eigenvalues (in no order) and, where `vectors` = Q [n, n] is given, its columns with
 * the eigenvectors of Q T Qᵀ. False where an eigenvalue did not converge.
 */
export function diagonalise(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  vectors?: Float64Array,
): boolean {
  const size = diagonal.length;
  const rotations = vectors === undefined ? undefined : new RotationBuffer(vectors, size);
  for (let low = 0; low < size; low++) {
    for (let sweep = 0; ; sweep++) {
      const high = endOfBlock(diagonal, offDiagonal, low);
      if (high === low) break;
      if (sweep === maxSweepsPerEigenvalue) return false;
      chase(diagonal, offDiagonal, low, high, rotations);
    }
  }
  rotations?.flush();
  return true;
}

/** The last index that is coupled to `low` through elements that matter beside their neighbours. */
function endOfBlock(diagonal: Float64Array, offDiagonal: Float64Array, low: number): number {
  let high = low;
  for (; high < diagonal.length - 1; high++) {
    const scale = Math.abs(diagonal[high] as number) + Math.abs(diagonal[high + 1] as number);
    if (Math.abs(offDiagonal[high] as number) <= Number.EPSILON * scale) break;
  }
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

const bufferedRotations = 16_384;

/** Collects (cosine, sine) of whole sweeps and applies them to the columns of a row-major matrix. */
class RotationBuffer {
  readonly #vectors: Float64Array;
  readonly #size: number;
  readonly #values: Float64Array;
  /** Triples: first column pair is (high − 1, high), going down to (low, low + 1); where its values start. */
  #sweeps: { low: number; high: number; start: number }[] = [];
  #used = 0;

  constructor(vectors: Float64Array, size: number) {
    this.#vectors = vectors;
    this.#size = size;
    this.#values = new Float64Array(2 * Math.max(bufferedRotations, size));
  }

  beginSweep(low: number, high: number): void {
    if (this.#used + 2 * (high - low) > this.#values.length) this.flush();
    this.#sweeps.push({ low, high, start: this.#used });
  }

  push(cosine: number, sine: number): void {
    this.#values[this.#used] = cosine;
    this.#values[this.#used + 1] = sine;
    this.#used += 2;
  }

  flush(): void {
    const whole = this.#size - (this.#size % 4);
    for (let row = 0; row < whole; row += 4) {
      for (const { low, high, start } of this.#sweeps) {
        rotateFourRows(this.#vectors, this.#size, row, this.#values, low, high, start);
      }
    }
    for (let row = whole; row < this.#size; row++) {
      for (const { low, high, start } of this.#sweeps) {
        rotateRow(this.#vectors, row * this.#size, this.#values, low, high, start);
      }
    }
    this.#sweeps = [];
    this.#used = 0;
  }
}

function rotateRow(
  vectors: Float64Array,
  row: number,
  values: Float64Array,
  low: number,
  high: number,
  start: number,
): void {
  let carried = vectors[row + high] as number;
  let at = start;
  for (let column = row + high - 1; column >= row + low; column--) {
    const cosine = values[at] as number;
    const sine = values[at + 1] as number;
    at += 2;
    const left = vectors[column] as number;
    vectors[column + 1] = sine * left + cosine * carried;
    carried = cosine * left - sine * carried;
  }
  vectors[row + low] = carried;
}

/** As rotateRow for four rows, which share the loads of the rotations. */
function rotateFourRows(
  vectors: Float64Array,
  size: number,
  row: number,
  values: Float64Array,
  low: number,
  high: number,
  start: number,
): void {
  const first = vectors.subarray(row * size, (row + 1) * size);
  const second = vectors.subarray((row + 1) * size, (row + 2) * size);
  const third = vectors.subarray((row + 2) * size, (row + 3) * size);
  const fourth = vectors.subarray((row + 3) * size, (row + 4) * size);
  let a = first[high] as number;
  let b = second[high] as number;
  let c = third[high] as number;
  let d = fourth[high] as number;
  let at = start;
  for (let column = high - 1; column >= low; column--) {
    const cosine = values[at] as number;
    const sine = values[at + 1] as number;
    at += 2;
    const leftA = first[column] as number;
    const leftB = second[column] as number;
    const leftC = third[column] as number;
    const leftD = fourth[column] as number;
    first[column + 1] = sine * leftA + cosine * a;
    second[column + 1] = sine * leftB + cosine * b;
    third[column + 1] = sine * leftC + cosine * c;
    fourth[column + 1] = sine * leftD + cosine * d;
    a = cosine * leftA - sine * a;
    b = cosine * leftB - sine * b;
    c = cosine * leftC - sine * c;
    d = cosine * leftD - sine * d;
  }
  first[low] = a;
  second[low] = b;
  third[low] = c;
  fourth[low] = d;
}
