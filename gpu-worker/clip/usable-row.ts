// Whether a row that a model gave can stand as an embedding. A model may overflow on one input alone: then that input has failed,
// not the model.

/** Finite in every value, and of a length that can be made 1. */
export function isUsableRow(row: Float32Array): boolean {
  let squares = 0;
  for (let i = 0; i < row.length; i++) squares += (row[i] as number) ** 2;
  return Number.isFinite(squares) && squares > 0;
}

/** Indices of the rows of `rows` [n, d] that cannot stand. */
export function unusableRows(rows: Float32Array, dimension: number): number[] {
  const count = rows.length / dimension;
  return Array.from({ length: count }, (_, index) => index).filter(
    (index) => !isUsableRow(rows.subarray(index * dimension, (index + 1) * dimension)),
  );
}
