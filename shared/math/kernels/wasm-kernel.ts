// The compiled kernels (assembly/*.ts) and the memory they compute in.

/** What the module exports. Every parameter is a byte address in the memory or a length in bytes; see the sources. */
export type Kernels = {
  readonly product32: Product;
  readonly product64: Product;
  readonly vectorProduct32: (a: number, b: number, out: number, endB: number, stride: number) => void;
  readonly reduce: (
    matrix: number,
    end: number,
    stride: number,
    v: number,
    w: number,
    u: number,
    product: number,
  ) => void;
  readonly rotate: (high: number, low: number, rotations: number) => void;
};
export type Product = (
  a: number,
  b: number,
  out: number,
  endA: number,
  endB: number,
  stride: number,
  outStride: number,
) => void;

export const pageBytes = 65_536;

/** The kernels at work on this memory. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  // Workers' types, under which the edge sees this file, call the class abstract.
  const Instance = WebAssembly.Instance as unknown as new (...args: unknown[]) => WebAssembly.Instance;
  return new Instance(module, { env: { memory } }).exports as Kernels;
}

/** Grows the memory to at least so many bytes; views of it made before are then empty. */
export function reserve(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}

/** Rows of `dimension` to rows of `stride`, padded with zeros to `count` rows. */
export function copyRows(
  source: Float32Array | Float64Array,
  target: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
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

export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
