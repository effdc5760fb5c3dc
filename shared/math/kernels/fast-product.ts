// A Bᵀ for fits: by the SIMD module where the runtime compiles WebAssembly, else in JavaScript. The two round differently
// in the last bits. Classification multiplies single vectors and goes other ways: float32-product.ts and held-rows.ts.

import { multiplyTransposed } from '../linear/matrix.ts';
import { checkLength } from '../linear/vector.ts';
import { multiplyFloat32 } from './float32-product.ts';
import { simdModule, stepBytes, tileRowsA, tileRowsB } from './simd-module.ts';
import { type Kernel, lazyKernel, reserve, roundUp } from './wasm-kernel.ts';

type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
/** Rows of A multiplied at a time: they stay in the second-level cache while B passes by. */
const chunkRows = 64;
/** Rows of B, whole tiles, that stay in the first-level cache while a chunk of A passes by. */
const panelRows = 8;

const kernels = {
  float32: lazyKernel('product', () => simdModule('float32')),
  float64: lazyKernel('product', () => simdModule('float64')),
};

/** A Bᵀ [n, m] for A [n, d] and B [m, d], in float32. */
export function multiplyRows(a: Float32Array, b: Float32Array, dimension: number): Float32Array<ArrayBuffer> {
  const kernel = kernels.float32();
  if (kernel === undefined) return multiplyFloat32(a, b, dimension);
  const width = rowsOf(b, dimension);
  const result = new Float32Array(rowsOf(a, dimension) * width);
  const view = (buffer: ArrayBuffer) => new Float32Array(buffer);
  eachRow(kernel, view, { a, b, dimension }, (products, row) => result.set(products, row * width));
  return result;
}

/** A Bᵀ [n, m] for A [n, d] and B [m, d], in float64. */
export function multiplyRows64(
  a: Float64Array,
  b: Float64Array,
  dimension: number,
): Float64Array<ArrayBuffer> {
  const kernel = kernels.float64();
  if (kernel === undefined) return multiplyTransposed(a, b, dimension);
  const width = rowsOf(b, dimension);
  const result = new Float64Array(rowsOf(a, dimension) * width);
  eachRow(kernel, float64View, { a, b, dimension }, (products, row) => result.set(products, row * width));
  return result;
}

/** target [n, m] −= A Bᵀ for A [n, d] and B [m, d], in float64. */
export function subtractProduct64(
  target: Float64Array,
  a: Float64Array,
  b: Float64Array,
  dimension: number,
): void {
  const width = rowsOf(b, dimension);
  checkLength('matrix to subtract from', target, rowsOf(a, dimension) * width);
  const kernel = kernels.float64();
  if (kernel === undefined) {
    subtractAt(target, 0, multiplyTransposed(a, b, dimension));
    return;
  }
  eachRow(kernel, float64View, { a, b, dimension }, (products, row) => {
    subtractAt(target, row * width, products);
  });
}

function subtractAt(target: Float64Array, start: number, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    target[start + i] = (target[start + i] as number) - (values[i] as number);
  }
}

function float64View(buffer: ArrayBuffer): Float64Array<ArrayBuffer> {
  return new Float64Array(buffer);
}

type Factors = {
  readonly a: Float32Array | Float64Array;
  readonly b: Float32Array | Float64Array;
  readonly dimension: number;
};

/** Hands over the rows of A Bᵀ one by one. B is laid out at address 0, then a chunk of A, then the products of the chunk. */
function eachRow<T extends Floats>(
  { memory, run }: Kernel,
  view: (buffer: ArrayBuffer) => T,
  { a, b, dimension }: Factors,
  take: (products: T, row: number) => void,
): void {
  if (a.length === 0 || b.length === 0) return;
  const n = a.length / dimension;
  const m = b.length / dimension;
  const bytes = a.BYTES_PER_ELEMENT;
  const stride = roundUp(dimension, stepBytes / bytes);
  const width = roundUp(m, tileRowsB);
  const atA = width * stride;
  const atOut = atA + chunkRows * stride;
  reserve(memory, bytes * (atOut + chunkRows * width));
  const floats = view(memory.buffer);
  copyRows(b, floats, dimension, stride, width);
  for (let start = 0; start < n; start += chunkRows) {
    const count = Math.min(chunkRows, n - start);
    const rows = roundUp(count, tileRowsA);
    const chunk = a.subarray(start * dimension, (start + count) * dimension);
    copyRows(chunk, floats.subarray(atA), dimension, stride, rows);
    for (let panel = 0; panel < width; panel += panelRows) {
      const end = Math.min(panel + panelRows, width);
      run(
        bytes * atA,
        bytes * panel * stride,
        bytes * (atOut + panel),
        bytes * (atA + rows * stride),
        bytes * end * stride,
        bytes * stride,
        bytes * width,
      );
    }
    for (let row = 0; row < count; row++) {
      const from = atOut + row * width;
      take(floats.subarray(from, from + m) as T, start + row);
    }
  }
}

/** Rows of `dimension` to rows of `stride`, padded with zeros to `count` rows. */
export function copyRows(
  source: Float32Array | Float64Array,
  target: Floats,
  dimension: number,
  stride: number,
  count: number,
): void {
  if (stride === dimension) {
    target.set(source);
    target.fill(0, source.length, count * stride);
    return;
  }
  target.fill(0, 0, count * stride);
  for (let row = 0; row * dimension < source.length; row++) {
    target.set(source.subarray(row * dimension, (row + 1) * dimension), row * stride);
  }
}

function rowsOf(matrix: { readonly length: number }, dimension: number): number {
  const rows = matrix.length / dimension;
  if (!Number.isInteger(rows)) throw new RangeError(`${matrix.length} values are no rows of ${dimension}`);
  return rows;
}
