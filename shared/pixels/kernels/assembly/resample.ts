// AssemblyScript: the two passes of resizing 8-bit RGB (../../resample.ts). Each target is a sum of levels times weights of 22-bit
// fixed point; a processor multiplies and adds pairs of 16-bit numbers in one step, so a weight w is taken as 2048 h + l and
// the sums of h and of l are put together in the end. Integers all the way: the same levels as one sum of w would give.
//
// Weights come as one stream of 32-bit words: for each target index the byte at which its first source begins, how many pairs
// of sources it has, and for each pair the two h (16 bits each, the first one low) and the two l. An odd last one has a
// partner of weight zero, so up to a source more is read than counts.

/** Bits of l; of the weight; one half of the weight's unit. */
const lowBits = 11;
const precisionBits = 22;
const half = 1 << (precisionBits - 1);

/** A pixel and the next one, 3 bytes each, as 16-bit numbers: red, red, green, green, blue, blue, nothing. */
const pairsOfChannels = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);

/** The horizontal pass over `rows` rows, four at a time; a row of the target has room for a byte more than its pixels. */
export function narrowRows(
  source: usize,
  sourceStride: usize,
  target: usize,
  targetStride: usize,
  rows: usize,
  columns: usize,
  endOfColumns: usize,
): void {
  const end = source + rows * sourceStride;
  for (; source < end; source += 4 * sourceStride, target += 4 * targetStride) {
    let to = target;
    let at = columns;
    while (at < endOfColumns) {
      let first = source + load<u32>(at);
      const endOfPairs = at + 8 + 8 * load<u32>(at, 4);
      let high0 = i32x4.splat(0);
      let high1 = i32x4.splat(0);
      let high2 = i32x4.splat(0);
      let high3 = i32x4.splat(0);
      let low0 = i32x4.splat(half);
      let low1 = i32x4.splat(half);
      let low2 = i32x4.splat(half);
      let low3 = i32x4.splat(half);
      for (at += 8; at < endOfPairs; at += 8, first += 6) {
        const high = v128.load32_splat(at);
        const low = v128.load32_splat(at, 4);
        const second = first + sourceStride;
        const third = second + sourceStride;
        let pixels = i8x16.swizzle(v128.load64_zero(first), pairsOfChannels);
        high0 = i32x4.add(high0, i32x4.dot_i16x8_s(pixels, high));
        low0 = i32x4.add(low0, i32x4.dot_i16x8_s(pixels, low));
        pixels = i8x16.swizzle(v128.load64_zero(second), pairsOfChannels);
        high1 = i32x4.add(high1, i32x4.dot_i16x8_s(pixels, high));
        low1 = i32x4.add(low1, i32x4.dot_i16x8_s(pixels, low));
        pixels = i8x16.swizzle(v128.load64_zero(third), pairsOfChannels);
        high2 = i32x4.add(high2, i32x4.dot_i16x8_s(pixels, high));
        low2 = i32x4.add(low2, i32x4.dot_i16x8_s(pixels, low));
        pixels = i8x16.swizzle(v128.load64_zero(third + sourceStride), pairsOfChannels);
        high3 = i32x4.add(high3, i32x4.dot_i16x8_s(pixels, high));
        low3 = i32x4.add(low3, i32x4.dot_i16x8_s(pixels, low));
      }
      storePixel(to, high0, low0);
      storePixel(to + targetStride, high1, low1);
      storePixel(to + 2 * targetStride, high2, low2);
      storePixel(to + 3 * targetStride, high3, low3);
      to += 3;
    }
  }
}

/** Three levels and a byte that the next pixel writes over. */
function storePixel(to: usize, high: v128, low: v128): void {
  const levels = i16x8.narrow_i32x4_s(levelsOf(high, low), i32x4.splat(0));
  v128.store32_lane(to, i8x16.narrow_i16x8_u(levels, levels), 0);
}

/** The vertical pass: rows of the target are whole steps of 16 bytes, `stride` bytes in source and target. */
export function mixRows(source: usize, target: usize, stride: usize, rows: usize, endOfRows: usize): void {
  let at = rows;
  for (; at < endOfRows; target += stride) {
    const first = source + load<u32>(at);
    const pairs = at + 8;
    const endOfPairs = pairs + 8 * load<u32>(at, 4);
    for (let column: usize = 0; column < stride; column += 16) {
      let from = first + column;
      let high0 = i32x4.splat(0);
      let high1 = i32x4.splat(0);
      let high2 = i32x4.splat(0);
      let high3 = i32x4.splat(0);
      let low0 = i32x4.splat(half);
      let low1 = i32x4.splat(half);
      let low2 = i32x4.splat(half);
      let low3 = i32x4.splat(half);
      for (at = pairs; at < endOfPairs; at += 8, from += 2 * stride) {
        const high = v128.load32_splat(at);
        const low = v128.load32_splat(at, 4);
        const upper = v128.load(from);
        const lower = v128.load(from + stride);
        const left = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const right = i8x16.shuffle(
          upper,
          lower,
          8,
          24,
          9,
          25,
          10,
          26,
          11,
          27,
          12,
          28,
          13,
          29,
          14,
          30,
          15,
          31,
        );
        let levels = i16x8.extend_low_i8x16_u(left);
        high0 = i32x4.add(high0, i32x4.dot_i16x8_s(levels, high));
        low0 = i32x4.add(low0, i32x4.dot_i16x8_s(levels, low));
        levels = i16x8.extend_high_i8x16_u(left);
        high1 = i32x4.add(high1, i32x4.dot_i16x8_s(levels, high));
        low1 = i32x4.add(low1, i32x4.dot_i16x8_s(levels, low));
        levels = i16x8.extend_low_i8x16_u(right);
        high2 = i32x4.add(high2, i32x4.dot_i16x8_s(levels, high));
        low2 = i32x4.add(low2, i32x4.dot_i16x8_s(levels, low));
        levels = i16x8.extend_high_i8x16_u(right);
        high3 = i32x4.add(high3, i32x4.dot_i16x8_s(levels, high));
        low3 = i32x4.add(low3, i32x4.dot_i16x8_s(levels, low));
      }
      v128.store(
        target + column,
        i8x16.narrow_i16x8_u(
          i16x8.narrow_i32x4_s(levelsOf(high0, low0), levelsOf(high1, low1)),
          i16x8.narrow_i32x4_s(levelsOf(high2, low2), levelsOf(high3, low3)),
        ),
      );
    }
    at = endOfPairs;
  }
}

/** Rounded, not yet cut to 0..255. */
function levelsOf(high: v128, low: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.shl(high, lowBits), low), precisionBits);
}
