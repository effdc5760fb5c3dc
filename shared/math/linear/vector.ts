// Helpers on vectors and on the rows of row-major matrices. No statistics, no linear algebra beyond a dot product.
//
// Reads are written `a[i] as number`: indices are bounded by the loops, and a check on each would cost more than the work.

/**
 * Scales every row of `rows` [n, d] to unit length in place; a row of zeros stays.
 * Norms are summed in float64.
 */
export function normaliseRows(rows: Float32Array | Float64Array, dimension: number): void {
  for (let start = 0; start < rows.length; start += dimension) {
    let squares = 0;
    for (let i = start; i < start + dimension; i++) squares += (rows[i] as number) ** 2;
    if (squares === 0) continue;
    const scale = 1 / Math.sqrt(squares);
    for (let i = start; i < start + dimension; i++) rows[i] = (rows[i] as number) * scale;
  }
}

/** The mean of the rows of `rows` [n, d], in float64; zeros for no rows. */
export function meanOfRows(rows: Float32Array | Float64Array, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  const count = rows.length / dimension;
  if (count === 0) return mean;
  for (let start = 0; start < rows.length; start += dimension) {
    for (let i = 0; i < dimension; i++) mean[i] = (mean[i] as number) + (rows[start + i] as number) / count;
  }
  return mean;
}

/** A copy of `rows` [n, d] with `mean` [d] taken from each row. */
export function subtractFromRows(
  rows: Float32Array,
  mean: ArrayLike<number>,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += dimension) {
    for (let i = 0; i < dimension; i++) result[start + i] = (rows[start + i] as number) - (mean[i] as number);
  }
  return result;
}

/** The rows of `rows` [n, d] named by `indices`, in their order. */
export function takeRows(
  rows: Float32Array,
  indices: ArrayLike<number>,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(indices.length * dimension);
  for (let i = 0; i < indices.length; i++) {
    const start = (indices[i] as number) * dimension;
    result.set(rows.subarray(start, start + dimension), i * dimension);
  }
  return result;
}

/** Rows of several matrices [·, d], one after the other. */
export function concatenateRows(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const result = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

/** Index of the largest of `length` values from `start`; the first of equals. */
export function argmax(values: Float32Array | Float64Array, start: number, length: number): number {
  let best = 0;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) {
    const value = values[start + i] as number;
    if (value > bestValue) {
      bestValue = value;
      best = i;
    }
  }
  return best;
}

/** The largest of every row of `values` [n, c], as an index. */
export function argmaxOfRows(values: Float32Array | Float64Array, width: number): Int32Array {
  const answers = new Int32Array(width === 0 ? 0 : values.length / width);
  for (let row = 0; row < answers.length; row++) answers[row] = argmax(values, row * width, width);
  return answers;
}
