// Attacks by pictures: small files that ask for much, and much of what is legal.

import sharp from 'sharp';
import { pngBomb } from '../../gpu-worker/support/png-bomb.ts';
import { samplePicture, withComment } from '../../support/pictures.ts';
import type { Attack, Attacker } from './attack.ts';

const labels = ['cat', 'dog'];
const query = `labels=${labels.join('&labels=')}`;

function picture(attacker: Attacker, bytes: Uint8Array, type = 'image/png'): Promise<number> {
  return attacker.send({
    path: `/v1/classifications?${query}`,
    headers: { 'content-type': type },
    body: bytes,
  });
}

function pictures(attacker: Attacker, images: readonly Uint8Array[]): Promise<number> {
  const inputs = images.map((bytes) => ({ image: Buffer.from(bytes).toString('base64') }));
  return attacker.send({ path: '/v1/classifications', body: JSON.stringify({ labels, inputs }) });
}

function pngOf(width: number, height: number): Promise<Buffer> {
  const background = { r: 1, g: 2, b: 3, alpha: 0.5 };
  return sharp({ create: { width, height, channels: 4, background }, limitInputPixels: false })
    .png()
    .toBuffer();
}

export const pictureAttacks: readonly Attack[] = [
  {
    name: '1 x 40,000 with alpha',
    prepare: () => pngOf(1, 40_000),
    once: (attacker, round, bytes) => picture(attacker, withComment(bytes as Buffer, String(round))),
  },
  {
    name: '1 x 2,000 with alpha',
    prepare: () => pngOf(1, 2000),
    once: (attacker, round, bytes) => picture(attacker, withComment(bytes as Buffer, String(round))),
  },
  {
    name: '1 x 60,000,000',
    concurrency: 2,
    prepare: async () => pngBomb(1, 60_000_000),
    once: (attacker, round, bytes) => picture(attacker, withComment(bytes as Buffer, String(round))),
  },
  {
    name: '64 pictures of 2^26 pixels a request',
    concurrency: 4,
    prepare: async () => pngBomb(8192, 8192),
    once: (attacker, round, bytes) => {
      const image = bytes as Buffer;
      return pictures(
        attacker,
        Array.from({ length: 64 }, (_, index) => withComment(image, `${round} ${index}`)),
      );
    },
  },
  {
    name: 'transparent pictures of 2^26 pixels',
    prepare: () => pngOf(8192, 8192),
    once: (attacker, round, bytes) => picture(attacker, withComment(bytes as Buffer, String(round))),
  },
  {
    name: 'progressive JPEG of 36 megapixels',
    prepare: () =>
      sharp({ create: { width: 6000, height: 6000, channels: 3, background: '#123456' } })
        .jpeg({ progressive: true, quality: 100 })
        .toBuffer(),
    once: (attacker, round, bytes) =>
      picture(attacker, Buffer.concat([bytes as Buffer, Buffer.from(String(round))]), 'image/jpeg'),
  },
  {
    name: 'AVIF of 16 megapixels',
    prepare: () =>
      sharp({ create: { width: 4000, height: 4000, channels: 3, background: '#654321' } })
        .avif({ effort: 0 })
        .toBuffer(),
    once: (attacker, round, bytes) =>
      picture(attacker, Buffer.concat([bytes as Buffer, Buffer.from(String(round))]), 'image/avif'),
  },
  {
    name: 'just under what is large, 64 a request',
    prepare: async () => pngBomb(2000, 2000),
    once: (attacker, round, bytes) =>
      pictures(
        attacker,
        Array.from({ length: 64 }, (_, index) => withComment(bytes as Buffer, `${round} ${index}`)),
      ),
  },
  {
    name: 'many small new pictures',
    concurrency: 16,
    once: (attacker, round) =>
      pictures(
        attacker,
        Array.from({ length: 64 }, (_, index) =>
          withComment(samplePicture('noto', 'cat'), `${round} ${index}`),
        ),
      ),
  },
  {
    name: 'pictures whose sender leaves',
    prepare: async () => pngBomb(8192, 8192),
    once: (attacker, round, bytes) => {
      const body = withComment(bytes as Buffer, `left ${round}`);
      const head = `POST /v1/classifications?${query} HTTP/1.1\r\ncontent-type: image/png\r\ncontent-length: ${body.length}`;
      return attacker.sendRaw(head, [body], 'reset');
    },
  },
];
