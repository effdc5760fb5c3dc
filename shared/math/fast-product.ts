// A Bᵀ for fits: by the SIMD module where the runtime compiles WebAssembly, else in JavaScript. The two round differently
// in the last bits. Classification multiplies single vectors and goes other ways: float32-product.ts and held-rows.ts.

import { multiplyFloat32 } from './float32-product.ts';
import { multiplyTransposed } from './matrix.ts';
import { type Precision, simdModule, stepBytes, tileRowsA, tileRowsB } from './simd-module.ts';

type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
type Product = (...parameters: number[]) => void;
type Kernel = { readonly memory: WebAssembly.Memory; readonly product: Product };

export const pageBytes = 65_536;
/** Rows of A multiplied at a time: they stay in the second-level cache while B passes by. */
const chunkRows = 64;

const kernels = new Map<Precision, Kernel | undefined>();

/** A Bᵀ [n, m] for A [n, d] and B [m, d], in float32. */
export function multiplyRows(a: Float32Array, b: Float32Array, dimension: number): Float32Array<ArrayBuffer> {
  const kernel = kernelOf('float32');
  if (kernel === undefined) return multiplyFloat32(a, b, dimension);
  const result = new Float32Array(rowsOf(a, dimension) * rowsOf(b, dimension));
  return run(kernel, a, b, dimension, result, (buffer) => new Float32Array(buffer));
}

/** A Bᵀ [n, m] for A [n, d] and B [m, d], in float64. */
export function multiplyRows64(
  a: Float64Array,
  b: Float64Array,
  dimension: number,
): Float64Array<ArrayBuffer> {
  const kernel = kernelOf('float64');
  if (kernel === undefined) return multiplyTransposed(a, b, dimension);
  const result = new Float64Array(rowsOf(a, dimension) * rowsOf(b, dimension));
  return run(kernel, a, b, dimension, result, (buffer) => new Float64Array(buffer));
}

/** B is laid out at address 0, then a chunk of A, then the products of the chunk. */
function run<T extends Floats>(
  { memory, product }: Kernel,
  a: Float32Array | Float64Array,
  b: Float32Array | Float64Array,
  dimension: number,
  result: T,
  view: (buffer: ArrayBuffer) => T,
): T {
  if (result.length === 0) return result;
  const n = a.length / dimension;
  const m = b.length / dimension;
  const bytes = result.BYTES_PER_ELEMENT;
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
    product(
      ...[atA, 0, atOut, atA + rows * stride, width * stride, stride, width].map((place) => place * bytes),
    );
    for (let row = 0; row < count; row++) {
      const from = atOut + row * width;
      result.set(floats.subarray(from, from + m), (start + row) * m);
    }
  }
  return result;
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

function reserve(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}

function kernelOf(precision: Precision): Kernel | undefined {
  if (!kernels.has(precision)) kernels.set(precision, compile(precision));
  return kernels.get(precision);
}

/** Runtimes that forbid code generation (workerd) throw here. */
function compile(precision: Precision): Kernel | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    // Workers' types, under which the edge sees this file, call both classes abstract: code is not made there.
    const Module = WebAssembly.Module as unknown as new (bytes: BufferSource) => WebAssembly.Module;
    return { memory, product: instantiate(new Module(simdModule(precision)), memory) };
  } catch {
    return undefined;
  }
}

/** The `product` of a module of simd-module.ts, working on this memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Product {
  const Instance = WebAssembly.Instance as unknown as new (...args: unknown[]) => WebAssembly.Instance;
  return new Instance(module, { env: { memory } }).exports.product as Product;
}

function rowsOf(matrix: { readonly length: number }, dimension: number): number {
  const rows = matrix.length / dimension;
  if (!Number.isInteger(rows)) throw new RangeError(`${matrix.length} values are no rows of ${dimension}`);
  return rows;
}

export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
