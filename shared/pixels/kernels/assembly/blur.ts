// AssemblyScript: one pass of a Gaussian blur (../../gaussian-blur.ts) over one row: single precision sums, each step of them
// computed in double precision and rounded once, as it is done where JavaScript adds to a Float32Array.

/**
 * target ← Σ weight (before + after) over `pairs` places on either side, in that order, begun with weight · centre. All float32;
 * `pairs` to `endOfPairs` are the two byte addresses of each tap, 4 bytes each, and weights follow each other from the
 * centre's on. `bytes` is a whole number of steps of 16.
 */
export function sumTaps(
  target: usize,
  centre: usize,
  weights: usize,
  pairs: usize,
  endOfPairs: usize,
  bytes: usize,
): void {
  const peak = f64x2.splat(load<f32>(weights));
  for (let at: usize = 0; at < bytes; at += 16) {
    const middle = v128.load(centre + at);
    let left = rounded(f64x2.mul(peak, f64x2.promote_low_f32x4(middle)));
    let right = rounded(f64x2.mul(peak, f64x2.promote_low_f32x4(upper(middle))));
    let weight = weights + 4;
    for (let pair = pairs; pair < endOfPairs; pair += 8, weight += 4) {
      const factor = f64x2.splat(load<f32>(weight));
      const before = v128.load(load<u32>(pair) + at);
      const after = v128.load(load<u32>(pair, 4) + at);
      left = rounded(f64x2.add(left, f64x2.mul(factor, added(before, after))));
      right = rounded(f64x2.add(right, f64x2.mul(factor, added(upper(before), upper(after)))));
    }
    const low = f32x4.demote_f64x2_zero(left);
    const high = f32x4.demote_f64x2_zero(right);
    v128.store(target + at, v128.shuffle<f64>(low, high, 0, 2));
  }
}

/** Float32 to 8-bit levels, halves upwards, 16 at a time. */
export function roundLevels(source: usize, target: usize, count: usize): void {
  const end = target + count;
  for (; target < end; source += 64, target += 16) {
    v128.store(
      target,
      i8x16.narrow_i16x8_u(
        i16x8.narrow_i32x4_s(nearest(v128.load(source)), nearest(v128.load(source, 16))),
        i16x8.narrow_i32x4_s(nearest(v128.load(source, 32)), nearest(v128.load(source, 48))),
      ),
    );
  }
}

function nearest(values: v128): v128 {
  const floors = f32x4.floor(values);
  const upwards = f32x4.ge(f32x4.sub(values, floors), f32x4.splat(0.5));
  return i32x4.sub(i32x4.trunc_sat_f32x4_s(floors), upwards);
}

function added(before: v128, after: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(before), f64x2.promote_low_f32x4(after));
}

function upper(floats: v128): v128 {
  return v128.shuffle<f64>(floats, floats, 1, 1);
}

/** To single precision, and back. */
function rounded(sums: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(sums));
}
