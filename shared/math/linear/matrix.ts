// Products of row-major float64 matrices and the Cholesky factor. The float32 product for scores is in float32-product.ts.

import { checkLength } from './vector.ts';

/** Rows of B that stay in the first-level cache while the rows of A pass by. */
const panelRows = 32;

/** A Bᵀ [n, m] for A [n, d] and B [m, d]: every inner loop runs along rows of both. */
export function multiplyTransposed(
  a: Float64Array,
  b: Float64Array,
  dimension: number,
): Float64Array<ArrayBuffer> {
  const n = rowCount('left factor', a, dimension);
  const m = rowCount('right factor', b, dimension);
  const result = new Float64Array(n * m);
  for (let panel = 0; panel < m; panel += panelRows) {
    const end = Math.min(panel + panelRows, m);
    for (let i = 0; i < n; i += 2) {
      const second = Math.min(i + 1, n - 1);
      for (let j = panel; j < end; j += 2) {
        multiplyTile(a, b, result, dimension, m, i, second, j, Math.min(j + 1, end - 1));
      }
    }
  }
  return result;
}

/** Four dot products at once: rows i and i2 of A with rows j and j2 of B (at an edge the same row twice). */
function multiplyTile(
  a: Float64Array,
  b: Float64Array,
  result: Float64Array,
  dimension: number,
  width: number,
  i: number,
  i2: number,
  j: number,
  j2: number,
): void {
  let ai = i * dimension;
  let ai2 = i2 * dimension;
  let bj = j * dimension;
  let bj2 = j2 * dimension;
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  for (const end = ai + dimension; ai < end; ai++, ai2++, bj++, bj2++) {
    const x0 = a[ai] as number;
    const x1 = a[ai2] as number;
    const y0 = b[bj] as number;
    const y1 = b[bj2] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s10 += x1 * y0;
    s11 += x1 * y1;
  }
  result[i * width + j] = s00;
  result[i * width + j2] = s01;
  result[i2 * width + j] = s10;
  result[i2 * width + j2] = s11;
}

export function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array<ArrayBuffer> {
  checkLength('matrix', matrix, rows * columns);
  const result = new Float64Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j] as number;
  }
  return result;
}

export function identityMatrix(size: number): Float64Array<ArrayBuffer> {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}

/**
 * L⁻¹ [n, n], lower triangular, for symmetric positive definite `matrix` = L Lᵀ (its lower triangle is read);
 * `undefined` where it is not positive definite to working precision.
 */
export function inverseCholesky(matrix: Float64Array, size: number): Float64Array<ArrayBuffer> | undefined {
  checkLength('symmetric matrix', matrix, size * size);
  const factor = cholesky(matrix, size);
  return factor === undefined ? undefined : invertLower(factor, size);
}

function cholesky(matrix: Float64Array, size: number): Float64Array | undefined {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = factor.subarray(i * size, i * size + i + 1);
    for (let j = 0; j < i; j++) {
      const other = factor.subarray(j * size, j * size + j + 1);
      let sum = matrix[i * size + j] as number;
      for (let k = 0; k < j; k++) sum -= (row[k] as number) * (other[k] as number);
      row[j] = sum / (other[j] as number);
    }
    const diagonal = matrix[i * size + i] as number;
    let pivot = diagonal;
    for (let k = 0; k < i; k++) pivot -= (row[k] as number) ** 2;
    if (!(pivot > Math.abs(diagonal) * size * Number.EPSILON)) return undefined;
    row[i] = Math.sqrt(pivot);
  }
  return factor;
}

/** Row by row: row i of L⁻¹ is (e_i − Σ_j<i L_ij · row j) / L_ii. */
function invertLower(factor: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = inverse.subarray(i * size, i * size + i + 1);
    row[i] = 1;
    for (let j = 0; j < i; j++) {
      const weight = factor[i * size + j] as number;
      const other = inverse.subarray(j * size, j * size + j + 1);
      for (let k = 0; k <= j; k++) row[k] = (row[k] as number) - weight * (other[k] as number);
    }
    const pivot = factor[i * size + i] as number;
    for (let k = 0; k <= i; k++) row[k] = (row[k] as number) / pivot;
  }
  return inverse;
}

function rowCount(name: string, matrix: Float64Array, dimension: number): number {
  const rows = matrix.length / dimension;
  if (!Number.isInteger(rows)) throw new RangeError(`${name} does not hold rows of ${dimension}`);
  return rows;
}
