// The product that scores, projections and probes spend their time in: A Bᵀ of float32 rows.

/**
 * out [n, m] = A Bᵀ for A [n, d] and B [m, d]. Products are summed in float64 and rounded once.
 * `out` may be longer than it needs to be, so that scratch buffers can be reused.
 */
export function multiplyFloat32(
  a: Float32Array,
  b: Float32Array,
  dimension: number,
  out: Float32Array<ArrayBuffer> = new Float32Array((a.length / dimension) * (b.length / dimension)),
): Float32Array<ArrayBuffer> {
  const n = a.length / dimension;
  const m = b.length / dimension;
  if (!Number.isInteger(n) || !Number.isInteger(m) || out.length < n * m) {
    throw new RangeError(
      `no product of ${a.length} and ${b.length} values over ${dimension} into ${out.length}`,
    );
  }
  const whole = m - (m % 4);
  for (let row = 0; row < n; row++) {
    const x = a.subarray(row * dimension, (row + 1) * dimension);
    for (let j = 0; j < whole; j += 4) fourDots(x, b, j * dimension, out, row * m + j);
    for (let j = whole; j < m; j++) out[row * m + j] = dot(x, b, j * dimension);
  }
  return out;
}

function fourDots(x: Float32Array, b: Float32Array, start: number, out: Float32Array, at: number): void {
  const dimension = x.length;
  let first = start;
  let second = first + dimension;
  let third = second + dimension;
  let fourth = third + dimension;
  let p = 0;
  let q = 0;
  let r = 0;
  let s = 0;
  for (let i = 0; i < dimension; i++) {
    const value = x[i] as number;
    p += value * (b[first++] as number);
    q += value * (b[second++] as number);
    r += value * (b[third++] as number);
    s += value * (b[fourth++] as number);
  }
  out[at] = p;
  out[at + 1] = q;
  out[at + 2] = r;
  out[at + 3] = s;
}

function dot(x: Float32Array, b: Float32Array, start: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (b[start + i] as number);
  return sum;
}
