// Pictures made for a test: samples from disk, and encodings that a service should refuse.

import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import type { TreePicture } from '#client/upload-tree.ts';

export function samplePicture(style: string, concept: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(`samples/emoji/${style}/${concept}/${concept}.png`));
}

/** Each concept in each style, as an environment of its own, for `uploadTree`. */
export function sampleTree(styles: readonly string[], concepts: readonly string[]): TreePicture[] {
  return styles.flatMap((environment) =>
    concepts.map((concept) => ({
      environment,
      class: concept,
      filename: `${concept}.png`,
      data: samplePicture(environment, concept),
    })),
  );
}

/** Begins as a PNG does and breaks off inside its pixels. */
export function brokenPicture(): Uint8Array<ArrayBuffer> {
  return samplePicture('noto', 'cat').slice(0, 300);
}

/** Black PNG of one bit a pixel: a few kilobytes, whatever its size in pixels. */
export function blackPicture(width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rowBytes = 1 + Math.ceil(width / 8);
  const pixels = deflateSync(Buffer.alloc(rowBytes * height), { level: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return new Uint8Array(
    Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]),
  );
}

/** The picture with other bytes and the same pixels: a comment is put behind its header. */
export function withComment(png: Uint8Array, comment: string): Uint8Array<ArrayBuffer> {
  const headerEnd = 8 + 12 + 13;
  const text = chunk('tEXt', Buffer.from(`Comment\0${comment}`));
  return new Uint8Array(Buffer.concat([png.subarray(0, headerEnd), text, png.subarray(headerEnd)]));
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.byteLength, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
