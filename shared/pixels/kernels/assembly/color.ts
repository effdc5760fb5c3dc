// AssemblyScript: what mixes the channels of a pixel (../../color.ts and ../../hue.ts say whose it is), four pixels at a time: up
// to three behind the end are worked on too. Single precision where Pillow has it, double where C promotes to it.

import { blended, channelOf, greyOf, joined, storeFour, upper } from './four-pixels';

const step = 12;

/** Interleaved RGB from `source` to `end`, to `target` (which may be the source). 0 is the grey picture, 1 the picture. */
export function saturation(source: usize, end: usize, target: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (; source < end; source += step, target += step) {
    const pixels = v128.load(source);
    const red = channelOf(pixels, 0);
    const green = channelOf(pixels, 1);
    const blue = channelOf(pixels, 2);
    const grey = greyOf(red, green, blue);
    storeFour(
      target,
      blended(grey, red, factors),
      blended(grey, green, factors),
      blended(grey, blue, factors),
    );
  }
}

export function grayscale(source: usize, end: usize, target: usize): void {
  for (; source < end; source += step, target += step) {
    const pixels = v128.load(source);
    const grey = greyOf(channelOf(pixels, 0), channelOf(pixels, 1), channelOf(pixels, 2));
    storeFour(target, grey, grey, grey);
  }
}

/** The sum over the pixels of the grey picture. */
export function sumGrey(source: usize, end: usize): f64 {
  let sum: f64 = 0;
  for (; source + step <= end; source += step) {
    const pixels = v128.load(source);
    const grey = greyOf(channelOf(pixels, 0), channelOf(pixels, 1), channelOf(pixels, 2));
    sum += <f64>(<i32>i32x4.extract_lane(grey, 0) + i32x4.extract_lane(grey, 1));
    sum += <f64>(<i32>i32x4.extract_lane(grey, 2) + i32x4.extract_lane(grey, 3));
  }
  for (; source < end; source += 3) {
    const pixels = v128.load(source);
    sum += <f64>(
      i32x4.extract_lane(greyOf(channelOf(pixels, 0), channelOf(pixels, 1), channelOf(pixels, 2)), 0)
    );
  }
  return sum;
}

/** Turns every hue by `shift` of 256 steps. */
export function hue(source: usize, end: usize, target: usize, shift: i32): void {
  for (; source < end; source += step, target += step) {
    const pixels = v128.load(source);
    const red = channelOf(pixels, 0);
    const green = channelOf(pixels, 1);
    const blue = channelOf(pixels, 2);
    const value = i32x4.max_s(i32x4.max_s(red, green), blue);
    const chroma = i32x4.sub(value, i32x4.min_s(i32x4.min_s(red, green), blue));
    const saturation = of255(f32x4.div(f32x4.convert_i32x4_s(chroma), f32x4.convert_i32x4_s(value)));
    const hues = i32x4.add(hueOf(red, green, blue, value, chroma), i32x4.splat(shift));
    const turned = v128.and(hues, i32x4.splat(255));
    storeRgb(target, turned, saturation, value);
  }
}

/** Pillow's rgb2hsv: sixths of the circle from the largest channel, as 0..255. Of a grey pixel: anything. */
function hueOf(red: v128, green: v128, blue: v128, value: v128, chroma: v128): v128 {
  const isRed = i32x4.eq(red, value);
  const isGreen = i32x4.eq(green, value);
  const toRed = i32x4.sub(value, red);
  const toGreen = i32x4.sub(value, green);
  const toBlue = i32x4.sub(value, blue);
  const start = chosen(isRed, f32x4.splat(0), chosen(isGreen, f32x4.splat(2), f32x4.splat(4)));
  const span = f32x4.convert_i32x4_s(chroma);
  const gain = chosen(isRed, toBlue, chosen(isGreen, toRed, toGreen));
  const loss = chosen(isRed, toGreen, chosen(isGreen, toBlue, toRed));
  const more = f32x4.div(f32x4.convert_i32x4_s(gain), span);
  const less = f32x4.div(f32x4.convert_i32x4_s(loss), span);
  return joined(circleOf(start, more, less), circleOf(upper(start), upper(more), upper(less)));
}

/** Of the first two. Pillow subtracts two singles where red is largest; in double precision that is exact, and rounded the same. */
function circleOf(start: v128, more: v128, less: v128): v128 {
  const sum = f64x2.add(f64x2.promote_low_f32x4(start), f64x2.promote_low_f32x4(more));
  const sixths = toSingle(f64x2.sub(sum, f64x2.promote_low_f32x4(less)));
  const turns = f64x2.add(f64x2.div(sixths, f64x2.splat(6)), f64x2.splat(1));
  const circle = toSingle(f64x2.sub(turns, f64x2.floor(turns)));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.mul(circle, f64x2.splat(255)));
}

/** Pillow's hsv2rgb; where `saturation` is 0 all three are the value. */
function storeRgb(target: usize, hue: v128, saturation: v128, value: v128): void {
  const share = f32x4.div(f32x4.convert_i32x4_s(saturation), f32x4.splat(255));
  const six = i32x4.mul(hue, i32x4.splat(6));
  const sixthsLow = f64x2.div(f64x2.convert_low_i32x4_s(six), f64x2.splat(255));
  const sixthsHigh = f64x2.div(f64x2.convert_low_i32x4_s(upper(six)), f64x2.splat(255));
  const sector = joined(i32x4.trunc_sat_f64x2_s_zero(sixthsLow), i32x4.trunc_sat_f64x2_s_zero(sixthsHigh));
  const fraction = joined(
    f32x4.demote_f64x2_zero(f64x2.sub(sixthsLow, f64x2.floor(sixthsLow))),
    f32x4.demote_f64x2_zero(f64x2.sub(sixthsHigh, f64x2.floor(sixthsHigh))),
  );
  const isGrey = i32x4.eq(saturation, i32x4.splat(0));
  const low = chosen(isGrey, value, joined(lowOf(value, share), lowOf(upper(value), upper(share))));
  const falls = f32x4.mul(share, fraction);
  const falling = chosen(isGrey, value, joined(lowOf(value, falls), lowOf(upper(value), upper(falls))));
  const rising = chosen(
    isGrey,
    value,
    joined(risingOf(value, share, fraction), risingOf(upper(value), upper(share), upper(fraction))),
  );
  const is0 = v128.or(i32x4.eq(sector, i32x4.splat(0)), i32x4.eq(sector, i32x4.splat(6)));
  const is1 = i32x4.eq(sector, i32x4.splat(1));
  const is2 = i32x4.eq(sector, i32x4.splat(2));
  const is3 = i32x4.eq(sector, i32x4.splat(3));
  const is4 = i32x4.eq(sector, i32x4.splat(4));
  const is5 = i32x4.eq(sector, i32x4.splat(5));
  storeFour(
    target,
    chosen(v128.or(is0, is5), value, chosen(is1, falling, chosen(is4, rising, low))),
    chosen(v128.or(is1, is2), value, chosen(is0, rising, chosen(is3, falling, low))),
    chosen(v128.or(is3, is4), value, chosen(is2, rising, chosen(is5, falling, low))),
  );
}

/** value (1 − share), rounded, of the first two; the shares are singles. */
function lowOf(value: v128, share: v128): v128 {
  const rest = f64x2.sub(f64x2.splat(1), f64x2.promote_low_f32x4(share));
  return nearest(f64x2.mul(f64x2.convert_low_i32x4_s(value), rest));
}

/** value (1 − share (1 − fraction)), rounded, of the first two. */
function risingOf(value: v128, share: v128, fraction: v128): v128 {
  const rest = f64x2.sub(f64x2.splat(1), f64x2.promote_low_f32x4(fraction));
  const kept = f64x2.sub(f64x2.splat(1), f64x2.mul(f64x2.promote_low_f32x4(share), rest));
  return nearest(f64x2.mul(f64x2.convert_low_i32x4_s(value), kept));
}

/** Of numbers that are not negative. */
function nearest(values: v128): v128 {
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.add(values, f64x2.splat(0.5)));
}

/** Singles in 0..1 as 0..255, truncated; 0 where there is no number. */
function of255(shares: v128): v128 {
  const low = f64x2.mul(f64x2.promote_low_f32x4(shares), f64x2.splat(255));
  const high = f64x2.mul(f64x2.promote_low_f32x4(upper(shares)), f64x2.splat(255));
  return joined(i32x4.trunc_sat_f64x2_s_zero(low), i32x4.trunc_sat_f64x2_s_zero(high));
}

/** Rounded to single precision, and back. */
function toSingle(values: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(values));
}

function chosen(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask);
}
