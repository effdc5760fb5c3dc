// How a matrix that is multiplied again and again is made ready: what it is in JavaScript, or in WebAssembly memory
// (held-rows.ts), is its holder's choice.

/** X Aᵀ [n, m] for rows X [n, d] and a matrix A [m, d] made ready before; into `out`, where it is given and long enough. */
export type RowProduct = (
  vectors: Float32Array,
  out?: Float32Array<ArrayBuffer>,
) => Float32Array<ArrayBuffer>;

/** Makes a matrix of rows of `dimension` ready to be multiplied. */
export type HoldRows = (matrix: Float32Array, dimension: number) => RowProduct;
