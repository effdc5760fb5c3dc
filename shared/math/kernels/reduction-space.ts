// Where a Householder reduction works, and its step that costs: the rank-two update that waits from the last reflection and the
// product with the next vector, in one pass over the lower triangle. The pass itself is assembly/reduce.ts.

import { reserve, roundUp } from './wasm-kernel.ts';
import { lazyWorkspace } from './workspace.ts';

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

const workspace = lazyWorkspace();

/** In the memory of the kernel, which only one may use at a time. */
export function reductionSpace(size: number): ReductionSpace {
  const { memory, kernels } = workspace();
  reserve(memory, Float64Array.BYTES_PER_ELEMENT * spaceLength(size));
  const layout = layOut(memory.buffer, size);
  const strideBytes = Float64Array.BYTES_PER_ELEMENT * layout.stride;
  return {
    ...layout,
    reduce: (rows, { v, w, u, product }) =>
      kernels.reduce(
        0,
        rows * strideBytes,
        strideBytes,
        v.byteOffset,
        w.byteOffset,
        u.byteOffset,
        product.byteOffset,
      ),
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
