// Four simulated cameras: a picture as it would come through fog, at dusk, by night vision, under warm light. A stand-in for what
// most users meet, a new camera; called simulated wherever it is shown. The same bytes give the same picture, with the same noise.

import sharp from 'sharp';
import { sha256, sha256Hex } from '#shared/digest.ts';
import { type Random, randomFromDigest, streamName, uniform } from '#shared/pixels/random.ts';

export const cameras = ['fog', 'dusk', 'night vision', 'warm light'] as const;
export type Camera = (typeof cameras)[number];

/** Of pictures 128 pixels wide. */
const fogBlurPixels = 1.2;
const seed = 0;

/** RGB in [0, 1], changed in place; `x` and `y` in [−1, 1] from the centre. */
type Pixel = { r: number; g: number; b: number };
type Shader = (pixel: Pixel, place: { readonly x: number; readonly y: number }) => void;

/** A camera's settings differ a little from picture to picture; its noise from pixel to pixel. */
const open: Readonly<Record<Camera, (random: Random) => Shader>> = {
  fog: (random) => {
    const clear = uniform(random, [0.3, 0.45]);
    return (pixel, { y }) => {
      const seen = clear + 0.1 * y;
      pixel.r = seen * pixel.r + (1 - seen) * 0.8;
      pixel.g = seen * pixel.g + (1 - seen) * 0.83;
      pixel.b = seen * pixel.b + (1 - seen) * 0.86;
    };
  },
  dusk: (random) => {
    const light = uniform(random, [0.2, 0.32]);
    return (pixel) => {
      const grain = 0.03 * gaussian(random);
      pixel.r = 0.8 * light * pixel.r + grain;
      pixel.g = 0.9 * light * pixel.g + grain;
      pixel.b = 1.3 * light * pixel.b + 0.03 + grain;
    };
  },
  'night vision': (random) => {
    const gain = uniform(random, [0.75, 0.95]);
    return (pixel, { x, y }) => {
      const luma = 0.299 * pixel.r + 0.587 * pixel.g + 0.114 * pixel.b;
      const vignette = 1 - 0.35 * (x * x + y * y);
      const glow = gain * vignette * luma + 0.1 * gaussian(random);
      pixel.r = 0.15 * glow;
      pixel.g = glow;
      pixel.b = 0.25 * glow;
    };
  },
  'warm light': (random) => {
    const light = uniform(random, [0.85, 1.05]);
    return (pixel) => {
      pixel.r = light * pixel.r;
      pixel.g = 0.75 * light * pixel.g;
      pixel.b = 0.42 * light * pixel.b;
    };
  },
};

/** The picture as the camera would give it, as PNG. */
export async function seenThrough(
  camera: Camera,
  picture: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const name = streamName(seed, await sha256Hex(picture), camera);
  const shade = open[camera](randomFromDigest(await sha256(new TextEncoder().encode(name))));
  const opened = sharp(picture).removeAlpha().toColourspace('srgb');
  const decoded = camera === 'fog' ? opened.blur(fogBlurPixels) : opened;
  const { data, info } = await decoded.raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  shadePixels(data, { width, height }, shade);
  const encoded = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return new Uint8Array(encoded);
}

function shadePixels(
  data: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  shade: Shader,
): void {
  const pixel: Pixel = { r: 0, g: 0, b: 0 };
  for (let at = 0, index = 0; index < width * height; index++, at += 3) {
    pixel.r = (data[at] ?? 0) / 255;
    pixel.g = (data[at + 1] ?? 0) / 255;
    pixel.b = (data[at + 2] ?? 0) / 255;
    shade(pixel, {
      x: (2 * (index % width)) / width - 1,
      y: (2 * Math.floor(index / width)) / height - 1,
    });
    data[at] = toByte(pixel.r);
    data[at + 1] = toByte(pixel.g);
    data[at + 2] = toByte(pixel.b);
  }
}

function toByte(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

/** Box and Muller's; standard normal. */
function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
