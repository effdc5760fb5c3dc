// AssemblyScript: rows of components to rows of RGB, as libjpeg does it: chroma of half the size by the triangle filter (jdsample.c), and
// colours in 16-bit fixed point (jdcolor.c). Rows are done 16 pixels at a time: what is read and written has room for so many more.

import { high, low, pair } from './lanes';

/** sums[0..count + 1] ← 3 · row + near as 16-bit numbers (`near` 0: the row itself), the first and the last one twice. */
export function columnSums(row: usize, near: usize, sums: usize, count: i32): void {
  const to = sums + 2;
  if (near === 0) {
    for (let i: i32 = 0; i < count; i += 8) v128.store(to + (i << 1), v128.load_ext<u8>(row + i));
  } else {
    for (let i: i32 = 0; i < count; i += 8) {
      const own = v128.load_ext<u8>(row + i);
      const sum = i16x8.add(i16x8.add(own, i16x8.shl(own, 1)), v128.load_ext<u8>(near + i));
      v128.store(to + (i << 1), sum);
    }
  }
  store<u16>(sums, load<u16>(to));
  store<u16>(to + (count << 1), load<u16>(to + ((count - 1) << 1)));
}

/** A row of `width` pixels whose chroma has half of the columns, from their sums. */
export function halfChromaRow(
  luma: usize,
  blue: usize,
  red: usize,
  target: usize,
  width: i32,
  isSum: i32,
): void {
  const shift = isSum ? 4 : 2;
  const before = i16x8.splat(isSum ? 8 : 1);
  const after = i16x8.splat(isSum ? 7 : 2);
  const middle = i16x8.splat(128);
  for (let x: i32 = 0; x < width; x += 16, target += 48) {
    const at = <usize>x;
    const blueOwn = v128.load(blue + at, 2);
    const blue3 = i16x8.add(blueOwn, i16x8.shl(blueOwn, 1));
    const blueEven = i16x8.shr_u(i16x8.add(i16x8.add(blue3, v128.load(blue + at)), before), shift);
    const blueOdd = i16x8.shr_u(i16x8.add(i16x8.add(blue3, v128.load(blue + at, 4)), after), shift);
    const redOwn = v128.load(red + at, 2);
    const red3 = i16x8.add(redOwn, i16x8.shl(redOwn, 1));
    const redEven = i16x8.shr_u(i16x8.add(i16x8.add(red3, v128.load(red + at)), before), shift);
    const redOdd = i16x8.shr_u(i16x8.add(i16x8.add(red3, v128.load(red + at, 4)), after), shift);
    const bE = i16x8.sub(blueEven, middle);
    const bO = i16x8.sub(blueOdd, middle);
    const rE = i16x8.sub(redEven, middle);
    const rO = i16x8.sub(redOdd, middle);
    const levels = v128.load(luma + at);
    // Even and odd pixels apart, as their chroma is.
    const yE = v128.and(levels, i16x8.splat(255));
    const yO = i16x8.shr_u(levels, 8);
    const R = together(reds(yE, rE), reds(yO, rO));
    const G = together(greens(yE, bE, rE), greens(yO, bO, rO));
    const B = together(blues(yE, bE), blues(yO, bO));
    storePixels(target, R, G, B);
  }
}

/** A row of `width` pixels with chroma of their own. */
export function fullChromaRow(luma: usize, blue: usize, red: usize, target: usize, width: i32): void {
  const middle = i16x8.splat(128);
  for (let x: i32 = 0; x < width; x += 16, target += 48) {
    const levels = v128.load(luma + x);
    const blueLevels = v128.load(blue + x);
    const redLevels = v128.load(red + x);
    const yL = i16x8.extend_low_i8x16_u(levels);
    const yH = i16x8.extend_high_i8x16_u(levels);
    const bL = i16x8.sub(i16x8.extend_low_i8x16_u(blueLevels), middle);
    const bH = i16x8.sub(i16x8.extend_high_i8x16_u(blueLevels), middle);
    const rL = i16x8.sub(i16x8.extend_low_i8x16_u(redLevels), middle);
    const rH = i16x8.sub(i16x8.extend_high_i8x16_u(redLevels), middle);
    const R = i8x16.narrow_i16x8_u(reds(yL, rL), reds(yH, rH));
    const G = i8x16.narrow_i16x8_u(greens(yL, bL, rL), greens(yH, bH, rH));
    const B = i8x16.narrow_i16x8_u(blues(yL, bL), blues(yH, bH));
    storePixels(target, R, G, B);
  }
}

/** A row of `width` pixels without chroma. */
export function greyRow(luma: usize, target: usize, width: i32): void {
  for (let x: i32 = 0; x < width; x += 16, target += 48) {
    const levels = v128.load(luma + x);
    storePixels(target, levels, levels, levels);
  }
}

function together(even: v128, odd: v128): v128 {
  const narrow = i8x16.narrow_i16x8_u(even, odd);
  return v128.shuffle<i8>(narrow, narrow, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** y + 1.402 cr: 91881 = 65536 + 26345 of 16-bit fixed point; for these 256 values 13173 of 15 bits rounds to the same. */
function reds(y: v128, cr: v128): v128 {
  return i16x8.add(i16x8.add(y, cr), i16x8.q15mulr_sat_s(cr, i16x8.splat(13173)));
}

/** y + 1.772 cb: 116130 = 2 · 65536 − 14942. */
function blues(y: v128, cb: v128): v128 {
  return i16x8.add(i16x8.add(y, i16x8.shl(cb, 1)), i16x8.q15mulr_sat_s(cb, i16x8.splat(-7471)));
}

/** y − 0.34414 cb − 0.71414 cr: −22554, and −46802 = 18734 − 65536. */
function greens(y: v128, cb: v128, cr: v128): v128 {
  const by = pair(-22554, 18734);
  const half = i32x4.splat(32768);
  const both = i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low(cb, cr), by), half), 16),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high(cb, cr), by), half), 16),
  );
  return i16x8.add(i16x8.sub(y, cr), both);
}

/** 16 pixels, interleaved. */
function storePixels(target: usize, r: v128, g: v128, b: v128): void {
  const rg0 = v128.shuffle<i8>(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  v128.store(target, v128.shuffle<i8>(rg0, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  const rg1 = v128.shuffle<i8>(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  v128.store(target, v128.shuffle<i8>(rg1, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16);
  const rg2 = v128.shuffle<i8>(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  v128.store(target, v128.shuffle<i8>(rg2, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32);
}
