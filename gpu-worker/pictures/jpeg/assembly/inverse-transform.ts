// AssemblyScript: the inverse DCT of libjpeg's "islow" (jidctint.c, after Loeffler, Ligtenberg and Moschytz), in integers. Its products
// are put together in pairs, which changes no sum as long as none leaves its bits (scan.ts sees to that).

import { high, low, pair } from './lanes';

/** A block of one level. */
export function fill(target: usize, stride: i32, level: i32): void {
  const row = <i64>i64x2.extract_lane(i8x16.splat(<i8>max(0, min(255, level + 128))), 0);
  for (let y: i32 = 0; y < 8; y++, target += stride) store<i64>(target, row);
}

/** The inverse DCT of `block` (64 of 16 bits, cleared) to 8 rows of 8 levels. */
export function transform(block: usize, target: usize, stride: i32): void {
  let r0 = v128.load(block);
  let r1 = v128.load(block, 16);
  let r2 = v128.load(block, 32);
  let r3 = v128.load(block, 48);
  let r4 = v128.load(block, 64);
  let r5 = v128.load(block, 80);
  let r6 = v128.load(block, 96);
  let r7 = v128.load(block, 112);
  const zero = i32x4.splat(0);
  v128.store(block, zero);
  v128.store(block, zero, 16);
  v128.store(block, zero, 32);
  v128.store(block, zero, 48);
  v128.store(block, zero, 64);
  v128.store(block, zero, 80);
  v128.store(block, zero, 96);
  v128.store(block, zero, 112);
  for (let pass: i32 = 0; pass < 2; pass++) {
    const shift = pass === 0 ? 11 : 18;
    const round = i32x4.splat(1 << (shift - 1));
    // Even rows.
    const sumL = i32x4.shl(i32x4.extend_low_i16x8_s(i16x8.add(r0, r4)), 13);
    const sumH = i32x4.shl(i32x4.extend_high_i16x8_s(i16x8.add(r0, r4)), 13);
    const differenceL = i32x4.shl(i32x4.extend_low_i16x8_s(i16x8.sub(r0, r4)), 13);
    const differenceH = i32x4.shl(i32x4.extend_high_i16x8_s(i16x8.sub(r0, r4)), 13);
    const twoSixL = low(r2, r6);
    const twoSixH = high(r2, r6);
    const to3 = pair(10703, 4433);
    const to2 = pair(4433, -10704);
    const t3L = i32x4.dot_i16x8_s(twoSixL, to3);
    const t3H = i32x4.dot_i16x8_s(twoSixH, to3);
    const t2L = i32x4.dot_i16x8_s(twoSixL, to2);
    const t2H = i32x4.dot_i16x8_s(twoSixH, to2);
    const e0L = i32x4.add(i32x4.add(sumL, t3L), round);
    const e0H = i32x4.add(i32x4.add(sumH, t3H), round);
    const e3L = i32x4.add(i32x4.sub(sumL, t3L), round);
    const e3H = i32x4.add(i32x4.sub(sumH, t3H), round);
    const e1L = i32x4.add(i32x4.add(differenceL, t2L), round);
    const e1H = i32x4.add(i32x4.add(differenceH, t2H), round);
    const e2L = i32x4.add(i32x4.sub(differenceL, t2L), round);
    const e2H = i32x4.add(i32x4.sub(differenceH, t2H), round);
    // Odd rows.
    const z3 = i16x8.add(r7, r3);
    const z4 = i16x8.add(r5, r1);
    const zL = low(z3, z4);
    const zH = high(z3, z4);
    const toZ3 = pair(-6436, 9633);
    const toZ4 = pair(9633, 6437);
    const z3L = i32x4.dot_i16x8_s(zL, toZ3);
    const z3H = i32x4.dot_i16x8_s(zH, toZ3);
    const z4L = i32x4.dot_i16x8_s(zL, toZ4);
    const z4H = i32x4.dot_i16x8_s(zH, toZ4);
    const outerL = low(r7, r1);
    const outerH = high(r7, r1);
    const innerL = low(r5, r3);
    const innerH = high(r5, r3);
    const to70 = pair(-4927, -7373);
    const to73 = pair(-7373, 4926);
    const to51 = pair(-4176, -20995);
    const to52 = pair(-20995, 4177);
    const o0L = i32x4.add(i32x4.dot_i16x8_s(outerL, to70), z3L);
    const o0H = i32x4.add(i32x4.dot_i16x8_s(outerH, to70), z3H);
    const o3L = i32x4.add(i32x4.dot_i16x8_s(outerL, to73), z4L);
    const o3H = i32x4.add(i32x4.dot_i16x8_s(outerH, to73), z4H);
    const o1L = i32x4.add(i32x4.dot_i16x8_s(innerL, to51), z4L);
    const o1H = i32x4.add(i32x4.dot_i16x8_s(innerH, to51), z4H);
    const o2L = i32x4.add(i32x4.dot_i16x8_s(innerL, to52), z3L);
    const o2H = i32x4.add(i32x4.dot_i16x8_s(innerH, to52), z3H);
    const a0 = narrowed(i32x4.add(e0L, o3L), i32x4.add(e0H, o3H), shift);
    const a7 = narrowed(i32x4.sub(e0L, o3L), i32x4.sub(e0H, o3H), shift);
    const a1 = narrowed(i32x4.add(e1L, o2L), i32x4.add(e1H, o2H), shift);
    const a6 = narrowed(i32x4.sub(e1L, o2L), i32x4.sub(e1H, o2H), shift);
    const a2 = narrowed(i32x4.add(e2L, o1L), i32x4.add(e2H, o1H), shift);
    const a5 = narrowed(i32x4.sub(e2L, o1L), i32x4.sub(e2H, o1H), shift);
    const a3 = narrowed(i32x4.add(e3L, o0L), i32x4.add(e3H, o0H), shift);
    const a4 = narrowed(i32x4.sub(e3L, o0L), i32x4.sub(e3H, o0H), shift);
    // Transposed, for the other direction.
    const b0 = low(a0, a1);
    const b1 = low(a2, a3);
    const b2 = low(a4, a5);
    const b3 = low(a6, a7);
    const b4 = high(a0, a1);
    const b5 = high(a2, a3);
    const b6 = high(a4, a5);
    const b7 = high(a6, a7);
    const c0 = v128.shuffle<i32>(b0, b1, 0, 4, 1, 5);
    const c1 = v128.shuffle<i32>(b0, b1, 2, 6, 3, 7);
    const c2 = v128.shuffle<i32>(b2, b3, 0, 4, 1, 5);
    const c3 = v128.shuffle<i32>(b2, b3, 2, 6, 3, 7);
    const c4 = v128.shuffle<i32>(b4, b5, 0, 4, 1, 5);
    const c5 = v128.shuffle<i32>(b4, b5, 2, 6, 3, 7);
    const c6 = v128.shuffle<i32>(b6, b7, 0, 4, 1, 5);
    const c7 = v128.shuffle<i32>(b6, b7, 2, 6, 3, 7);
    r0 = v128.shuffle<i64>(c0, c2, 0, 2);
    r1 = v128.shuffle<i64>(c0, c2, 1, 3);
    r2 = v128.shuffle<i64>(c1, c3, 0, 2);
    r3 = v128.shuffle<i64>(c1, c3, 1, 3);
    r4 = v128.shuffle<i64>(c4, c6, 0, 2);
    r5 = v128.shuffle<i64>(c4, c6, 1, 3);
    r6 = v128.shuffle<i64>(c5, c7, 0, 2);
    r7 = v128.shuffle<i64>(c5, c7, 1, 3);
  }
  const middle = i16x8.splat(128);
  storeRows(target, stride, i8x16.narrow_i16x8_u(i16x8.add(r0, middle), i16x8.add(r1, middle)));
  storeRows(target + 2 * stride, stride, i8x16.narrow_i16x8_u(i16x8.add(r2, middle), i16x8.add(r3, middle)));
  storeRows(target + 4 * stride, stride, i8x16.narrow_i16x8_u(i16x8.add(r4, middle), i16x8.add(r5, middle)));
  storeRows(target + 6 * stride, stride, i8x16.narrow_i16x8_u(i16x8.add(r6, middle), i16x8.add(r7, middle)));
}

function storeRows(target: usize, stride: i32, rows: v128): void {
  v128.store64_lane(target, rows, 0);
  v128.store64_lane(target + stride, rows, 1);
}

function narrowed(lows: v128, highs: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(lows, shift), i32x4.shr_s(highs, shift));
}
