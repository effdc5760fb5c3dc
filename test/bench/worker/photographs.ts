// Pictures that cost what photographs cost: JPEG of 640 × 480 with shapes, grain and the usual quality.

import sharp from 'sharp';
import { uniform } from '../../shared/math/random.ts';

const [width, height] = [640, 480];

export function makePhotographs(count: number): Promise<Uint8Array<ArrayBuffer>[]> {
  return Promise.all(Array.from({ length: count }, (_, seed) => makePhotograph(seed)));
}

async function makePhotograph(seed: number): Promise<Uint8Array<ArrayBuffer>> {
  const next = uniform(seed + 1);
  const noise = (columns: number, rows: number, depth: number) =>
    Buffer.from(Uint8Array.from({ length: columns * rows * 3 }, () => 128 + depth * (next() - 0.5)));
  const shapes = await sharp(noise(20, 15, 250), { raw: { width: 20, height: 15, channels: 3 } })
    .resize(width, height, { kernel: 'cubic' })
    .raw()
    .toBuffer();
  const grain = noise(width, height, 24);
  const pixels = shapes.map((value, index) => value + (grain[index] ?? 128) - 128);
  return new Uint8Array(
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 85 })
      .toBuffer(),
  );
}
