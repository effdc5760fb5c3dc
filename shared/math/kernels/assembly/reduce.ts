// AssemblyScript: the step of a Householder reduction that costs, in one pass over the lower triangle of a float64 matrix. Rows
// are taken in pairs, upper and lower, and columns in pairs too. What it computes, on which layout: ../reduction-space.ts.

/** A ← A − v wᵀ − w vᵀ, then product = A u. Byte addresses; `end` is where the rows of A end, `stride` the bytes of a row. */
export function reduce(
  matrix: usize,
  end: usize,
  stride: usize,
  v: usize,
  w: usize,
  u: usize,
  product: usize,
): void {
  // Bytes from the first column to the block of 2 x 2 on the diagonal.
  let diagonal: usize = 0;
  for (let upper = matrix; upper < end; upper += 2 * stride) {
    const lower = upper + stride;
    const upperV = v128.load64_splat(v + diagonal);
    const upperW = v128.load64_splat(w + diagonal);
    const upperU = v128.load64_splat(u + diagonal);
    const lowerV = v128.load64_splat(v + diagonal, 8);
    const lowerW = v128.load64_splat(w + diagonal, 8);
    const lowerU = v128.load64_splat(u + diagonal, 8);
    let upperSum = f64x2.splat(0);
    let lowerSum = f64x2.splat(0);
    for (let at: usize = 0; at <= diagonal; at += 16) {
      const columnsV = v128.load(v + at);
      const columnsW = v128.load(w + at);
      const columnsU = v128.load(u + at);
      const upperValues = update(upper + at, upperV, upperW, columnsV, columnsW);
      const lowerValues = update(lower + at, lowerV, lowerW, columnsV, columnsW);
      upperSum = f64x2.add(upperSum, f64x2.mul(upperValues, columnsU));
      lowerSum = f64x2.add(lowerSum, f64x2.mul(lowerValues, columnsU));
      if (at < diagonal) {
        // Values left of the diagonal block stand for their mirror images in the other triangle as well.
        const mirrored = f64x2.add(f64x2.mul(upperU, upperValues), f64x2.mul(lowerU, lowerValues));
        v128.store(product + at, f64x2.add(v128.load(product + at), mirrored));
      }
    }
    const firstLanes = v128.shuffle<f64>(upperSum, lowerSum, 0, 2);
    const secondLanes = v128.shuffle<f64>(upperSum, lowerSum, 1, 3);
    v128.store(product + diagonal, f64x2.add(firstLanes, secondLanes));
    diagonal += 16;
  }
}

/** Two columns of a row, written and returned: − (its v times the columns' w + its w times the columns' v). */
function update(at: usize, rowV: v128, rowW: v128, columnsV: v128, columnsW: v128): v128 {
  const change = f64x2.add(f64x2.mul(rowV, columnsW), f64x2.mul(rowW, columnsV));
  const values = f64x2.sub(v128.load(at), change);
  v128.store(at, values);
  return values;
}
