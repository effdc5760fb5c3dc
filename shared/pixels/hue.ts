// torchvision's adjust_hue on 8-bit RGB: through Pillow's 8-bit HSV and back, with the rounding of both ways.

const hueSteps = 256;

/**
 * Turns every hue by `factor` of the circle, in [-0.5, 0.5]. Like torchvision it passes through 8-bit HSV, so that even
 * a factor of 0 changes a level here and there.
 */
export function hue(source: Uint8Array, target: Uint8Array, factor: number): void {
  const shift = Math.trunc(factor * 255) & (hueSteps - 1);
  for (let i = 0; i < source.length; i += 3) {
    const red = source[i] as number;
    const green = source[i + 1] as number;
    const blue = source[i + 2] as number;
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    const saturation = chroma === 0 ? 0 : Math.trunc(Math.fround(chroma / value) * 255);
    if (saturation === 0) {
      target[i] = value;
      target[i + 1] = value;
      target[i + 2] = value;
    } else {
      const turned = (hueOf(red, green, blue, value, chroma) + shift) & (hueSteps - 1);
      writeRgb(target, i, turned, Math.fround(saturation / 255), value);
    }
  }
}

/** Pillow's rgb2hsv: sixths of the circle from the largest channel, float32 as there, as 0..255. */
function hueOf(red: number, green: number, blue: number, value: number, chroma: number): number {
  const fromRed = Math.fround((value - red) / chroma);
  const fromGreen = Math.fround((value - green) / chroma);
  const fromBlue = Math.fround((value - blue) / chroma);
  let sixths: number;
  if (red === value) sixths = Math.fround(fromBlue - fromGreen);
  else if (green === value) sixths = Math.fround(2 + fromRed - fromBlue);
  else sixths = Math.fround(4 + fromGreen - fromRed);
  const circle = Math.fround((sixths / 6 + 1) % 1);
  return Math.trunc(circle * 255);
}

/** Pillow's hsv2rgb for one pixel; `saturation` in (0, 1]. */
function writeRgb(target: Uint8Array, at: number, hue: number, saturation: number, value: number): void {
  const sixths = (hue * 6) / 255;
  const sector = Math.floor(sixths);
  const fraction = Math.fround(sixths - sector);
  const low = Math.round(value * (1 - saturation));
  const falling = Math.round(value * (1 - Math.fround(saturation * fraction)));
  const rising = Math.round(value * (1 - saturation * (1 - fraction)));
  switch (sector % 6) {
    case 0:
      write(target, at, value, rising, low);
      break;
    case 1:
      write(target, at, falling, value, low);
      break;
    case 2:
      write(target, at, low, value, rising);
      break;
    case 3:
      write(target, at, low, falling, value);
      break;
    case 4:
      write(target, at, rising, low, value);
      break;
    default:
      write(target, at, value, low, falling);
  }
}

function write(target: Uint8Array, at: number, red: number, green: number, blue: number): void {
  target[at] = red;
  target[at + 1] = green;
  target[at + 2] = blue;
}
