// AssemblyScript: saturation and hue, which need arithmetic for each pixel (../../color.ts and ../../hue.ts say whose). Single
// precision where Pillow has it, double where C promotes to it.

/** Interleaved RGB from `source` to `end`, to `target` (which may be the source). 0 is the grey picture, 1 the picture. */
export function saturation(source: usize, end: usize, target: usize, factor: f32): void {
  for (; source < end; source += 3, target += 3) {
    const red = <i32>load<u8>(source);
    const green = <i32>load<u8>(source, 1);
    const blue = <i32>load<u8>(source, 2);
    // ITU-R 601 luma in 16-bit fixed point, rounded.
    const grey = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
    store<u8>(target, blend(grey, red, factor));
    store<u8>(target, blend(grey, green, factor), 1);
    store<u8>(target, blend(grey, blue, factor), 2);
  }
}

/** Truncated, cut to 0..255. */
function blend(from: i32, to: i32, factor: f32): i32 {
  const value = <f32>from + factor * <f32>(to - from);
  if (value <= 0) return 0;
  return value >= 255 ? 255 : <i32>value;
}

/** Turns every hue by `shift` of 256 steps. */
export function hue(source: usize, end: usize, target: usize, shift: i32): void {
  for (; source < end; source += 3, target += 3) {
    const red = <i32>load<u8>(source);
    const green = <i32>load<u8>(source, 1);
    const blue = <i32>load<u8>(source, 2);
    const value = max(max(red, green), blue);
    const chroma = value - min(min(red, green), blue);
    const saturation = chroma === 0 ? 0 : <i32>(<f64>(<f32>chroma / <f32>value) * 255);
    if (saturation === 0) {
      write(target, value, value, value);
    } else {
      const turned = (hueOf(red, green, blue, value, chroma) + shift) & 255;
      writeRgb(target, turned, <f32>saturation / 255, value);
    }
  }
}

/** Pillow's rgb2hsv: sixths of the circle from the largest channel, as 0..255. */
function hueOf(red: i32, green: i32, blue: i32, value: i32, chroma: i32): i32 {
  let sixths: f32;
  if (red === value) sixths = share(value - blue, chroma) - share(value - green, chroma);
  else if (green === value) sixths = after(2, share(value - red, chroma), share(value - blue, chroma));
  else sixths = after(4, share(value - green, chroma), share(value - red, chroma));
  const turns = <f64>sixths / 6 + 1;
  const circle = <f32>(turns - Math.floor(turns));
  return <i32>(<f64>circle * 255);
}

function share(distance: i32, chroma: i32): f32 {
  return <f32>distance / <f32>chroma;
}

function after(start: f64, more: f32, less: f32): f32 {
  return <f32>(start + <f64>more - <f64>less);
}

/** Pillow's hsv2rgb; `saturation` in (0, 1]. */
function writeRgb(target: usize, hue: i32, saturation: f32, value: i32): void {
  const sixths = <f64>(hue * 6) / 255;
  const sector = <i32>sixths;
  const fraction = <f32>(sixths - <f64>sector);
  const low = rounded(<f64>value * (1 - <f64>saturation));
  const falling = rounded(<f64>value * (1 - <f64>(saturation * fraction)));
  const rising = rounded(<f64>value * (1 - <f64>saturation * (1 - <f64>fraction)));
  switch (sector) {
    case 0:
    case 6:
      write(target, value, rising, low);
      break;
    case 1:
      write(target, falling, value, low);
      break;
    case 2:
      write(target, low, value, rising);
      break;
    case 3:
      write(target, low, falling, value);
      break;
    case 4:
      write(target, rising, low, value);
      break;
    default:
      write(target, value, low, falling);
  }
}

/** Of a number that is not negative. */
function rounded(value: f64): i32 {
  return <i32>(value + 0.5);
}

function write(target: usize, red: i32, green: i32, blue: i32): void {
  store<u8>(target, red);
  store<u8>(target, green, 1);
  store<u8>(target, blue, 2);
}
