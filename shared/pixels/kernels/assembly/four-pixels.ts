// AssemblyScript: four pixels of interleaved RGB, 12 bytes, as a vector of 32-bit numbers for each channel, and back. Reading
// takes 16 bytes.

/** Channel 0, 1 or 2 of four pixels. */
export function channelOf(pixels: v128, channel: i32): v128 {
  if (channel === 0)
    return i8x16.swizzle(pixels, i8x16(0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1));
  if (channel === 1)
    return i8x16.swizzle(pixels, i8x16(1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1));
  return i8x16.swizzle(pixels, i8x16(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1));
}

/** Levels are in 0..255. */
export function storeFour(target: usize, red: v128, green: v128, blue: v128): void {
  const packed = v128.or(red, v128.or(i32x4.shl(green, 8), i32x4.shl(blue, 16)));
  const pixels = i8x16.swizzle(packed, i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  v128.store64_lane(target, pixels, 0);
  v128.store32_lane(target, pixels, 2, 8);
}

/** ITU-R 601 luma in 16-bit fixed point, rounded. */
export function greyOf(red: v128, green: v128, blue: v128): v128 {
  const sum = i32x4.add(
    i32x4.add(i32x4.mul(red, i32x4.splat(19595)), i32x4.mul(green, i32x4.splat(38470))),
    i32x4.add(i32x4.mul(blue, i32x4.splat(7471)), i32x4.splat(0x8000)),
  );
  return i32x4.shr_s(sum, 16);
}

/** Pillow's Image.blend of two levels: single precision, truncated, cut to 0..255. */
export function blended(from: v128, to: v128, factor: v128): v128 {
  const step = f32x4.mul(factor, f32x4.convert_i32x4_s(i32x4.sub(to, from)));
  const value = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.convert_i32x4_s(from), step));
  return i32x4.min_s(i32x4.max_s(value, i32x4.splat(0)), i32x4.splat(255));
}

/** The second half of four single or of two double ones, as the first. */
export function upper(values: v128): v128 {
  return v128.shuffle<f64>(values, values, 1, 1);
}

/** The first halves of two vectors as one. */
export function joined(low: v128, high: v128): v128 {
  return v128.shuffle<f64>(low, high, 0, 2);
}
