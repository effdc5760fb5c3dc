// Packed symmetric matrices: the lower triangle row by row, index i(i+1)/2 + j with j <= i, in float64.

import { checkLength } from '../check-length.ts';

export function packedLength(dimension: number): number {
  return (dimension * (dimension + 1)) / 2;
}

/** The full row-major [d, d] matrix of a packed one. */
export function unpack(packed: Float64Array, dimension: number): Float64Array<ArrayBuffer> {
  checkLength('packed matrix', packed, packedLength(dimension));
  const full = new Float64Array(dimension * dimension);
  let index = 0;
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) {
      const value = packed[index++] as number;
      full[i * dimension + j] = value;
      full[j * dimension + i] = value;
    }
  }
  return full;
}

export function packedTrace(packed: Float64Array, dimension: number): number {
  let trace = 0;
  for (let i = 0; i < dimension; i++) trace += packed[packedLength(i) + i] as number;
  return trace;
}

/** target += factor · source, element by element. */
export function addScaled(target: Float64Array, source: ArrayLike<number>, factor: number): void {
  checkLength('matrix to add', source, target.length);
  for (let i = 0; i < target.length; i++) {
    target[i] = (target[i] as number) + factor * (source[i] as number);
  }
}

/** packed += factor · v vᵀ. */
export function addOuter(packed: Float64Array, vector: ArrayLike<number>, factor: number): void {
  let index = 0;
  for (let i = 0; i < vector.length; i++) {
    const scaled = factor * (vector[i] as number);
    for (let j = 0; j <= i; j++) {
      packed[index] = (packed[index] as number) + scaled * (vector[j] as number);
      index++;
    }
  }
}

const rowsPerPass = 4;

/**
 * packed += XᵀX for `rows` = X [n, d], summed in float64. Four rows go through the triangle at once, so that it is
 * read and written a quarter as often.
 */
export function addGram(packed: Float64Array, rows: Float32Array | Float64Array, dimension: number): void {
  checkLength('packed matrix', packed, packedLength(dimension));
  const pass = new Float64Array(rowsPerPass * dimension);
  const stride = rowsPerPass * dimension;
  for (let start = 0; start < rows.length; start += stride) {
    const end = Math.min(start + stride, rows.length);
    pass.fill(0);
    pass.set(rows.subarray(start, end));
    addFourRows(packed, pass, dimension);
  }
}

function addFourRows(packed: Float64Array, pass: Float64Array, dimension: number): void {
  const second = pass.subarray(dimension, 2 * dimension);
  const third = pass.subarray(2 * dimension, 3 * dimension);
  const fourth = pass.subarray(3 * dimension);
  let index = 0;
  for (let i = 0; i < dimension; i++) {
    const a = pass[i] as number;
    const b = second[i] as number;
    const c = third[i] as number;
    const d = fourth[i] as number;
    for (let j = 0; j <= i; j++) {
      packed[index] =
        (packed[index] as number) +
        (a * (pass[j] as number) +
          b * (second[j] as number) +
          (c * (third[j] as number) + d * (fourth[j] as number)));
      index++;
    }
  }
}
