// Row-major float64 matrices: transpose, identity, Cholesky factor. Products of rows are in ../kernels/.

import { checkLength } from '../check-length.ts';

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
