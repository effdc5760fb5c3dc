// AssemblyScript: what is done to each level by itself (../../color.ts, ../../tone.ts), and levels to the numbers of a model
// (../../preprocess.ts).

import { blended, channelOf, upper } from './four-pixels';

const tableBytes: usize = 256;

/** Looks levels up, those of each pixel in three tables that follow each other. `target` may be the source. */
export function mapLevels(source: usize, end: usize, target: usize, tables: usize): void {
  for (; source < end; source += 3, target += 3) {
    store<u8>(target, load<u8>(tables + load<u8>(source)));
    store<u8>(target, load<u8>(tables + tableBytes + load<u8>(source, 1)), 1);
    store<u8>(target, load<u8>(tables + 2 * tableBytes + load<u8>(source, 2)), 2);
  }
}

/** Blends every level between `from` and the level itself, 16 at a time. */
export function blendLevels(source: usize, end: usize, target: usize, from: i32, factor: f32): void {
  const origin = i32x4.splat(from);
  const factors = f32x4.splat(factor);
  for (; source < end; source += 16, target += 16) {
    const levels = v128.load(source);
    const low = i16x8.extend_low_i8x16_u(levels);
    const high = i16x8.extend_high_i8x16_u(levels);
    const first = blended(origin, i32x4.extend_low_i16x8_u(low), factors);
    const second = blended(origin, i32x4.extend_high_i16x8_u(low), factors);
    const third = blended(origin, i32x4.extend_low_i16x8_u(high), factors);
    const fourth = blended(origin, i32x4.extend_high_i16x8_u(high), factors);
    const left = i16x8.narrow_i32x4_s(first, second);
    v128.store(target, i8x16.narrow_i16x8_u(left, i16x8.narrow_i32x4_s(third, fourth)));
  }
}

/** (level & mask) ^ flip, where `flip` is 255 for levels from `from` on and 0 below; `from` is at most 256. 16 at a time. */
export function maskLevels(source: usize, end: usize, target: usize, mask: i32, from: i32): void {
  const masks = i8x16.splat(<i8>mask);
  const below = i8x16.splat(<i8>(from - 1));
  const all = from === 0 ? i8x16.splat(-1) : i8x16.splat(0);
  for (; source < end; source += 16, target += 16) {
    const levels = v128.load(source);
    const flips = v128.or(i8x16.gt_u(levels, below), all);
    v128.store(target, v128.xor(v128.and(levels, masks), flips));
  }
}

/** Adds one to the count of each level, 256 for each channel, 4 bytes each. */
export function countLevels(source: usize, end: usize, counts: usize): void {
  for (; source < end; source += 3) {
    const red = counts + ((<usize>load<u8>(source)) << 2);
    const green = counts + ((<usize>load<u8>(source, 1)) << 2);
    const blue = counts + ((<usize>load<u8>(source, 2)) << 2);
    store<u32>(red, load<u32>(red) + 1);
    store<u32>(green, load<u32>(green, 4 * tableBytes) + 1, 4 * tableBytes);
    store<u32>(blue, load<u32>(blue, 8 * tableBytes) + 1, 8 * tableBytes);
  }
}

/**
 * Pixels to planes of float32 that begin `plane` bytes apart: level · scale − shift in double precision, rounded once. `factors`
 * are scale and shift of each channel, 8 bytes each. Four pixels at a time: up to three more are written in each plane.
 */
export function normalise(source: usize, end: usize, target: usize, plane: usize, factors: usize): void {
  for (; source < end; source += 12, target += 16) {
    const pixels = v128.load(source);
    store4(target, channelOf(pixels, 0), factors);
    store4(target + plane, channelOf(pixels, 1), factors + 16);
    store4(target + 2 * plane, channelOf(pixels, 2), factors + 32);
  }
}

function store4(target: usize, levels: v128, factors: usize): void {
  const scale = v128.load64_splat(factors);
  const shift = v128.load64_splat(factors, 8);
  const low = f64x2.sub(f64x2.mul(f64x2.convert_low_i32x4_s(levels), scale), shift);
  const high = f64x2.sub(f64x2.mul(f64x2.convert_low_i32x4_s(upper(levels)), scale), shift);
  v128.store(target, v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
}
