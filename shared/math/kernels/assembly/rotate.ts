// AssemblyScript: one sweep of plane rotations along the rows of a panel [n, 8] of float64, which stays in the first-level cache
// for many sweeps.

const rowBytes: usize = 8 * sizeof<f64>();

/**
 * Byte addresses of rows `high` and `low` < `high` of a panel, and of the (cosine, sine) of rows (high − 1, high), then of those
 * below, down to (low, low + 1). A rotation makes cosine · a − sine · b of the row above and sine · a + cosine · b of the row
 * below; the first is carried on to the next rotation, the second written to its place.
 */
export function rotate(high: usize, low: usize, rotations: usize): void {
  let row = high;
  let carried0 = v128.load(row);
  let carried1 = v128.load(row, 16);
  let carried2 = v128.load(row, 32);
  let carried3 = v128.load(row, 48);
  while (row > low) {
    row -= rowBytes;
    const cosine = v128.load64_splat(rotations);
    const sine = v128.load64_splat(rotations, 8);
    carried0 = rotatePair(row, cosine, sine, carried0);
    carried1 = rotatePair(row + 16, cosine, sine, carried1);
    carried2 = rotatePair(row + 32, cosine, sine, carried2);
    carried3 = rotatePair(row + 48, cosine, sine, carried3);
    rotations += 16;
  }
  v128.store(row, carried0);
  v128.store(row, carried1, 16);
  v128.store(row, carried2, 32);
  v128.store(row, carried3, 48);
}

/** Two columns: writes what belongs to the row below, returns what belongs to the row at `at`. */
function rotatePair(at: usize, cosine: v128, sine: v128, carried: v128): v128 {
  const left = v128.load(at);
  v128.store(at + rowBytes, f64x2.add(f64x2.mul(sine, left), f64x2.mul(cosine, carried)));
  return f64x2.sub(f64x2.mul(cosine, left), f64x2.mul(sine, carried));
}
