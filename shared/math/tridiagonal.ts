// Householder reduction of a symmetric matrix to tridiagonal form. The orthogonal matrix that does it: reflections.ts.
// Only the lower triangle is read; every inner loop runs along a row.
//
// Source: Golub & Van Loan, Matrix Computations, algorithm 8.3.1, taken from the last row upwards so that the part still to
// be reduced is always the leading one.

export type Tridiagonal = {
  /** d [n]. */
  readonly diagonal: Float64Array;
  /** e [n]: e[i] couples i and i + 1; the last is 0. */
  readonly offDiagonal: Float64Array;
  /** Householder vectors: row i holds u_i in its first i places [n, n]. */
  readonly reflectors: Float64Array;
  /** 2 / (u_i · u_i), or 0 where nothing had to be reflected [n]. */
  readonly factors: Float64Array;
};

/** T = Qᵀ A Q for symmetric `matrix` = A [n, n], which is overwritten. */
export function tridiagonalise(matrix: Float64Array, size: number): Tridiagonal {
  const diagonal = new Float64Array(size);
  const offDiagonal = new Float64Array(size);
  const factors = new Float64Array(size);
  const product = new Float64Array(size);
  for (let i = size - 1; i >= 1; i--) {
    const reflector = matrix.subarray(i * size, i * size + i);
    const { factor, coupling } = reflect(reflector);
    offDiagonal[i - 1] = coupling;
    factors[i] = factor;
    if (factor === 0) continue;
    multiplySymmetric(matrix, size, reflector, product);
    updateRankTwo(matrix, size, reflector, product, factor);
  }
  for (let i = 0; i < size; i++) diagonal[i] = matrix[i * size + i] as number;
  return { diagonal, offDiagonal, reflectors: matrix, factors };
}

/** Turns x into u with (I − factor·uuᵀ) x = coupling · e_last, in place. */
function reflect(x: Float64Array): { factor: number; coupling: number } {
  const last = x.length - 1;
  let rest = 0;
  for (let j = 0; j < last; j++) rest += (x[j] as number) ** 2;
  const end = x[last] as number;
  if (rest === 0) return { factor: 0, coupling: end };
  const norm = Math.sqrt(rest + end * end);
  const coupling = end > 0 ? -norm : norm;
  x[last] = end - coupling;
  return { factor: 2 / (rest + (end - coupling) ** 2), coupling };
}

/** product = A u for the leading block of A, from its lower triangle; two rows at once. */
function multiplySymmetric(matrix: Float64Array, size: number, u: Float64Array, product: Float64Array): void {
  const length = u.length;
  product.fill(0, 0, length);
  let i = 0;
  for (; i + 1 < length; i += 2) {
    const upper = matrix.subarray(i * size, i * size + i);
    const lower = matrix.subarray((i + 1) * size, (i + 1) * size + i);
    const a = u[i] as number;
    const b = u[i + 1] as number;
    let sumA = 0;
    let sumB = 0;
    for (let j = 0; j < upper.length; j++) {
      const x = upper[j] as number;
      const y = lower[j] as number;
      const v = u[j] as number;
      sumA += x * v;
      sumB += y * v;
      product[j] = (product[j] as number) + (a * x + b * y);
    }
    const corner = matrix[(i + 1) * size + i] as number;
    product[i] = (product[i] as number) + sumA + (matrix[i * size + i] as number) * a + corner * b;
    product[i + 1] = sumB + corner * a + (matrix[(i + 1) * size + i + 1] as number) * b;
  }
  if (i < length) {
    const row = matrix.subarray(i * size, i * size + i);
    const a = u[i] as number;
    let sum = 0;
    for (let j = 0; j < row.length; j++) {
      const x = row[j] as number;
      sum += x * (u[j] as number);
      product[j] = (product[j] as number) + a * x;
    }
    product[i] = (product[i] as number) + sum + (matrix[i * size + i] as number) * a;
  }
}

/** A ← H A H on the lower triangle of the leading block, H = I − factor·uuᵀ, given product = A u. */
function updateRankTwo(
  matrix: Float64Array,
  size: number,
  u: Float64Array,
  product: Float64Array,
  factor: number,
): void {
  let dot = 0;
  for (let j = 0; j < u.length; j++) dot += (u[j] as number) * (product[j] as number);
  const shift = (factor * factor * dot) / 2;
  for (let j = 0; j < u.length; j++) product[j] = factor * (product[j] as number) - shift * (u[j] as number);
  for (let i = 0; i < u.length; i++) {
    const row = matrix.subarray(i * size, i * size + i + 1);
    const a = u[i] as number;
    const b = product[i] as number;
    for (let j = 0; j < row.length; j++) {
      row[j] = (row[j] as number) - (a * (product[j] as number) + b * (u[j] as number));
    }
  }
}
