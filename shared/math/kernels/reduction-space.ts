// Where a Householder reduction works, and its step that costs: the rank-two update that waits from the last reflection and the
// product with the next vector, in one pass over the lower triangle. In WebAssembly or JavaScript, equal up to rounding.

import { reductionModule } from './reduction-kernel.ts';
import { lazyKernel, reserve, roundUp } from './wasm-kernel.ts';

/** All [stride]. */
export type ReductionVectors = {
  readonly v: Float64Array;
  readonly w: Float64Array;
  readonly u: Float64Array;
  readonly product: Float64Array;
};

/**
 * A is [n, stride], `stride` even. Of row r columns up to r count, for even r one more: so blocks of 2 x 2 on the diagonal are
 * whole.
 */
export type ReductionSpace = {
  readonly matrix: Float64Array;
  readonly stride: number;
  /** Four for use as any of the vectors, zeros. */
  readonly vectors: ReductionVectors;
  /**
   * A ← A − v wᵀ − w vᵀ, then product = A u, for the first `rows` rows and columns. Of an odd number the last has the next row
   * and column for partners: the vectors are to be zero there; `product` is then of any value there.
   */
  readonly reduce: (rows: number, vectors: ReductionVectors) => void;
};

const kernel = lazyKernel('reduce', reductionModule);

/** In the memory of the WebAssembly kernel, which only one may use at a time; in JavaScript where there is no kernel. */
export function reductionSpace(size: number): ReductionSpace {
  const compiled = kernel();
  if (compiled === undefined) return plainReductionSpace(size);
  const { memory, run } = compiled;
  reserve(memory, Float64Array.BYTES_PER_ELEMENT * spaceLength(size));
  const layout = layOut(memory.buffer, size);
  const strideBytes = Float64Array.BYTES_PER_ELEMENT * layout.stride;
  return {
    ...layout,
    reduce: (rows, { v, w, u, product }) =>
      run(0, rows * strideBytes, strideBytes, v.byteOffset, w.byteOffset, u.byteOffset, product.byteOffset),
  };
}

export function plainReductionSpace(size: number): ReductionSpace {
  const layout = layOut(new Float64Array(spaceLength(size)).buffer, size);
  return {
    ...layout,
    reduce(rows, vectors) {
      for (let row = 0; row < roundUp(rows, 2); row++) reduceRow(layout, row, vectors);
    },
  };
}

function spaceLength(size: number): number {
  return (size + 4) * roundUp(size, 2);
}

/** The matrix, then the vectors. */
function layOut(buffer: ArrayBuffer, size: number): Omit<ReductionSpace, 'reduce'> {
  const stride = roundUp(size, 2);
  const part = (row: number, rows: number) =>
    new Float64Array(buffer, Float64Array.BYTES_PER_ELEMENT * row * stride, rows * stride);
  part(size, 4).fill(0);
  const vectors = {
    v: part(size, 1),
    w: part(size + 1, 1),
    u: part(size + 2, 1),
    product: part(size + 3, 1),
  };
  return { matrix: part(0, size), stride, vectors };
}

function reduceRow(
  { matrix, stride }: Omit<ReductionSpace, 'reduce'>,
  row: number,
  { v, w, u, product }: ReductionVectors,
): void {
  const start = row * stride;
  const left = row - (row % 2);
  let sum = 0;
  for (let j = 0; j < left + 2; j++) {
    const update = (v[row] as number) * (w[j] as number) + (w[row] as number) * (v[j] as number);
    const value = (matrix[start + j] as number) - update;
    matrix[start + j] = value;
    sum += value * (u[j] as number);
    // An entry left of the blocks on the diagonal stands for its mirror image as well.
    if (j < left) product[j] = (product[j] as number) + value * (u[row] as number);
  }
  product[row] = sum;
}
