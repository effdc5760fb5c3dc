// Seeded numbers for tests: the same on every machine.

/** Uniform in [0, 1) (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal (Box-Muller). */
export function gaussian(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

export function gaussianRows(count: number, dimension: number, seed: number): Float32Array<ArrayBuffer> {
  const next = gaussian(seed);
  return Float32Array.from({ length: count * dimension }, next);
}

/** X Xᵀ of a Gaussian [n, rank], as a full [n, n] matrix. */
export function randomSymmetric(size: number, rank: number, seed: number): Float64Array<ArrayBuffer> {
  const factor = Float64Array.from(gaussianRows(size, rank, seed));
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += (factor[i * rank + k] ?? 0) * (factor[j * rank + k] ?? 0);
      matrix[i * size + j] = sum;
    }
  }
  return matrix;
}

/** A B for A [n, m] and B [m, p], the plain way. */
export function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [n, m, p]: readonly [number, number, number],
): Float64Array<ArrayBuffer> {
  const result = new Float64Array(n * p);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) {
      let sum = 0;
      for (let k = 0; k < m; k++) sum += (a[i * m + k] ?? 0) * (b[k * p + j] ?? 0);
      result[i * p + j] = sum;
    }
  }
  return result;
}

export function transposed(a: ArrayLike<number>, rows: number, columns: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = a[i * columns + j] ?? 0;
  }
  return result;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return largest;
}

export function identityMatrix(size: number): Float64Array<ArrayBuffer> {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}

/** The value of a result that must be one. */
export function unwrap<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(`expected a value, got ${JSON.stringify(result.error)}`);
  return result.value;
}
