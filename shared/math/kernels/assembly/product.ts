// AssemblyScript: A Bᵀ in tiles of rows of A by rows of B, 16 bytes of each at a time. JavaScript has no vector instructions, and
// a fit is mostly this product.
//
// Everything is given as byte addresses and lengths in bytes. Rows of A and B are whole steps of 32 bytes, padded with zeros.

/** out [n, m] = A Bᵀ in float32. A has an even number of rows, B a multiple of four; `outStride` is the length of a row of out. */
export function product32(
  a: usize,
  b: usize,
  out: usize,
  endA: usize,
  endB: usize,
  stride: usize,
  outStride: usize,
): void {
  product<f32>(a, b, out, endA, endB, stride, outStride);
}

/** The same in float64. */
export function product64(
  a: usize,
  b: usize,
  out: usize,
  endA: usize,
  endB: usize,
  stride: usize,
  outStride: usize,
): void {
  product<f64>(a, b, out, endA, endB, stride, outStride);
}

/** out [m] = B a in float32, for one row a: half of a tile of two rows would be wasted on it. */
export function vectorProduct32(a: usize, b: usize, out: usize, endB: usize, stride: usize): void {
  const endOfRow = a + stride;
  for (; b < endB; b += 4 * stride, out += 4 * sizeof<f32>()) {
    let b0 = b;
    let b1 = b0 + stride;
    let b2 = b1 + stride;
    let b3 = b2 + stride;
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    let sum3 = f32x4.splat(0);
    for (let at = a; at < endOfRow; at += 32) {
      let x = v128.load(at);
      sum0 = f32x4.add(sum0, f32x4.mul(x, v128.load(b0)));
      sum1 = f32x4.add(sum1, f32x4.mul(x, v128.load(b1)));
      sum2 = f32x4.add(sum2, f32x4.mul(x, v128.load(b2)));
      sum3 = f32x4.add(sum3, f32x4.mul(x, v128.load(b3)));
      x = v128.load(at, 16);
      sum0 = f32x4.add(sum0, f32x4.mul(x, v128.load(b0, 16)));
      sum1 = f32x4.add(sum1, f32x4.mul(x, v128.load(b1, 16)));
      sum2 = f32x4.add(sum2, f32x4.mul(x, v128.load(b2, 16)));
      sum3 = f32x4.add(sum3, f32x4.mul(x, v128.load(b3, 16)));
      b0 += 32;
      b1 += 32;
      b2 += 32;
      b3 += 32;
    }
    storeSums<f32>(out, sum0, sum1, sum2, sum3);
  }
}

function product<T extends number>(
  a: usize,
  b: usize,
  out: usize,
  endA: usize,
  endB: usize,
  stride: usize,
  outStride: usize,
): void {
  const zero = v128.splat<T>(0 as T);
  for (; a < endA; a += 2 * stride, out += 2 * outStride) {
    const endOfRow = a + stride;
    let cell = out;
    for (let row = b; row < endB; row += 4 * stride, cell += 4 * sizeof<T>()) {
      let a0 = a;
      let a1 = a0 + stride;
      let b0 = row;
      let b1 = b0 + stride;
      let b2 = b1 + stride;
      let b3 = b2 + stride;
      let sum00 = zero;
      let sum01 = zero;
      let sum02 = zero;
      let sum03 = zero;
      let sum10 = zero;
      let sum11 = zero;
      let sum12 = zero;
      let sum13 = zero;
      while (a0 < endOfRow) {
        const x0 = v128.load(a0);
        const x1 = v128.load(a1);
        let y = v128.load(b0);
        sum00 = v128.add<T>(sum00, v128.mul<T>(x0, y));
        sum10 = v128.add<T>(sum10, v128.mul<T>(x1, y));
        y = v128.load(b1);
        sum01 = v128.add<T>(sum01, v128.mul<T>(x0, y));
        sum11 = v128.add<T>(sum11, v128.mul<T>(x1, y));
        y = v128.load(b2);
        sum02 = v128.add<T>(sum02, v128.mul<T>(x0, y));
        sum12 = v128.add<T>(sum12, v128.mul<T>(x1, y));
        y = v128.load(b3);
        sum03 = v128.add<T>(sum03, v128.mul<T>(x0, y));
        sum13 = v128.add<T>(sum13, v128.mul<T>(x1, y));
        a0 += 16;
        a1 += 16;
        b0 += 16;
        b1 += 16;
        b2 += 16;
        b3 += 16;
      }
      storeSums<T>(cell, sum00, sum01, sum02, sum03);
      storeSums<T>(cell + outStride, sum10, sum11, sum12, sum13);
    }
  }
}

function storeSums<T extends number>(cell: usize, sum0: v128, sum1: v128, sum2: v128, sum3: v128): void {
  store<T>(cell, sumOfLanes<T>(sum0));
  store<T>(cell + sizeof<T>(), sumOfLanes<T>(sum1));
  store<T>(cell + 2 * sizeof<T>(), sumOfLanes<T>(sum2));
  store<T>(cell + 3 * sizeof<T>(), sumOfLanes<T>(sum3));
}

/** From the first lane on. */
function sumOfLanes<T extends number>(sum: v128): T {
  const half = (v128.extract_lane<T>(sum, 0) + v128.extract_lane<T>(sum, 1)) as T;
  if (sizeof<T>() === 8) return half;
  const threeQuarters = (half + v128.extract_lane<T>(sum, 2)) as T;
  return (threeQuarters + v128.extract_lane<T>(sum, 3)) as T;
}
