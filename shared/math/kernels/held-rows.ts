// Matrices that answer many requests: held in WebAssembly memory once, then multiplied by one vector at a time. Sums are
// float32, of four lanes each. Whether a runtime can do this is for its caller to know: it brings the compiled module.

import type { HoldRows } from './hold-rows.ts';
import { copyRows, instantiate, pageBytes, roundUp } from './wasm-kernel.ts';

/** What the kernel takes at a time: rows, and floats of a row. */
const tileRows = 4;
const stepFloats = 8;

/** `module` is that of assembly/*.ts. The rows held are a copy. Throws RangeError where the matrix is not whole rows. */
export function holdRowsWith(module: WebAssembly.Module): HoldRows {
  return (matrix, dimension) => {
    const rows = matrix.length / dimension;
    if (!Number.isInteger(rows)) throw new RangeError(`${matrix.length} values are no rows of ${dimension}`);
    const bytes = Float32Array.BYTES_PER_ELEMENT;
    const stride = roundUp(dimension, stepFloats);
    const heldRows = roundUp(rows, tileRows);
    const atVector = heldRows * stride;
    const atOut = atVector + stride;
    const memory = new WebAssembly.Memory({ initial: Math.ceil((bytes * (atOut + heldRows)) / pageBytes) });
    const { vectorProduct32 } = instantiate(module, memory);
    const floats = new Float32Array(memory.buffer);
    copyRows(matrix, floats, dimension, stride, heldRows);
    const vector = floats.subarray(atVector, atVector + dimension);
    const products = floats.subarray(atOut, atOut + rows);
    return (vectors, out = new Float32Array((vectors.length / dimension) * rows)) => {
      const count = vectors.length / dimension;
      for (let index = 0; index < count; index++) {
        vector.set(vectors.subarray(index * dimension, (index + 1) * dimension));
        vectorProduct32(bytes * atVector, 0, bytes * atOut, bytes * atVector, bytes * stride);
        out.set(products, index * rows);
      }
      return out;
    };
  };
}
