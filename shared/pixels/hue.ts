// torchvision's adjust_hue on 8-bit RGB: through Pillow's 8-bit HSV and back, with the rounding of both ways
// (kernels/assembly/color.ts).

import { eachPixel } from './kernels/pixel-space.ts';

const hueSteps = 256;

/**
 * Turns every hue by `factor` of the circle, in [-0.5, 0.5]. Like torchvision it passes through 8-bit HSV, so that even
 * a factor of 0 changes a level here and there.
 */
export function hue(source: Uint8Array, target: Uint8Array, factor: number): void {
  const shift = Math.trunc(factor * 255) & (hueSteps - 1);
  eachPixel(source, target, ({ hue }, end) => hue(0, end, 0, shift));
}
