// A Bᵀ for fits, by the kernels of assembly/product.ts: JavaScript has no vector instructions, and a fit is mostly this product.
// Classification multiplies single vectors and goes other ways: float32-product.ts and held-rows.ts.

import { checkLength } from '../check-length.ts';
import { copyRows, type Product, reserve, roundUp } from './wasm-kernel.ts';
import { lazyWorkspace } from './workspace.ts';

type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
/** What the kernels take at a time: rows of A, rows of B, bytes of a row. Operands are padded to these. */
const tileRowsA = 2;
const tileRowsB = 4;
const stepBytes = 32;
/** Rows of A multiplied at a time: they stay in the second-level cache while B passes by. */
const chunkRows = 64;
/** Rows of B, whole tiles, that stay in the first-level cache while a chunk of A passes by. */
const panelRows = 8;

const workspace = lazyWorkspace();

/** A Bᵀ [n, m] for A [n, d] and B [m, d], in float32. */
export function multiplyRows(a: Float32Array, b: Float32Array, dimension: number): Float32Array<ArrayBuffer> {
  const width = rowsOf(b, dimension);
  const result = new Float32Array(rowsOf(a, dimension) * width);
  const { memory, kernels } = workspace();
  const view = () => new Float32Array(memory.buffer);
  eachRow({ memory, view, product: kernels.product32 }, { a, b, dimension }, (products, row) =>
    result.set(products, row * width),
  );
  return result;
}

/** A Bᵀ [n, m] for A [n, d] and B [m, d], in float64. */
export function multiplyRows64(
  a: Float64Array,
  b: Float64Array,
  dimension: number,
): Float64Array<ArrayBuffer> {
  const width = rowsOf(b, dimension);
  const result = new Float64Array(rowsOf(a, dimension) * width);
  eachRow(float64Space(), { a, b, dimension }, (products, row) => result.set(products, row * width));
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
  eachRow(float64Space(), { a, b, dimension }, (products, row) => {
    subtractAt(target, row * width, products);
  });
}

function subtractAt(target: Float64Array, start: number, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    target[start + i] = (target[start + i] as number) - (values[i] as number);
  }
}

type Space<T extends Floats> = {
  readonly memory: WebAssembly.Memory;
  readonly view: () => T;
  readonly product: Product;
};

function float64Space(): Space<Float64Array<ArrayBuffer>> {
  const { memory, kernels } = workspace();
  return { memory, view: () => new Float64Array(memory.buffer), product: kernels.product64 };
}

type Factors = {
  readonly a: Float32Array | Float64Array;
  readonly b: Float32Array | Float64Array;
  readonly dimension: number;
};

/** Hands over the rows of A Bᵀ one by one. B is laid out at address 0, then a chunk of A, then the products of the chunk. */
function eachRow<T extends Floats>(
  { memory, view, product }: Space<T>,
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
  const floats = view();
  copyRows(b, floats, dimension, stride, width);
  for (let start = 0; start < n; start += chunkRows) {
    const count = Math.min(chunkRows, n - start);
    const rows = roundUp(count, tileRowsA);
    const chunk = a.subarray(start * dimension, (start + count) * dimension);
    copyRows(chunk, floats.subarray(atA), dimension, stride, rows);
    for (let panel = 0; panel < width; panel += panelRows) {
      const end = Math.min(panel + panelRows, width);
      product(
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

function rowsOf(matrix: { readonly length: number }, dimension: number): number {
  const rows = matrix.length / dimension;
  if (!Number.isInteger(rows)) throw new RangeError(`${matrix.length} values are no rows of ${dimension}`);
  return rows;
}
