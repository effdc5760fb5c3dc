// What the first bytes of a file say, of formats that are decoded and of those that are refused by name.

import { expect, test } from 'vitest';
import { foreignTypeOf, pictureTypeOf } from '#shared/pictures/signature.ts';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

test.each([
  ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1'],
  ['HEIC', '\0\0\0\x18ftyphevx\0\0\0\0mif1'],
  ['HEIC', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic'],
  ['HEIC', '\0\0\0\x18ftypmsf1\0\0\0\0hevcmsf1'],
  ['HEIC', '\0\0\0\x14ftypmif1\0\0\0\0miaf\0\0\0\x20avif'],
  ['JPEG XL', '\xff\x0a\xfa\x1f\x01\x91\x08\x06\x01\0\x48\0'],
  ['JPEG XL', '\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14'],
  ['BMP', 'BM\x36\x10\0\0\0\0\0\0\x36\0\0\0'],
  ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
])('%s is no picture, and has a name', (name, head) => {
  expect(pictureTypeOf(latin1(head))).toBeUndefined();
  expect(foreignTypeOf(latin1(head))).toBe(name);
});

test.each([
  ['JPEG', '\xff\xd8\xff\xe0'],
  ['AVIF', '\0\0\0\x20ftypavif\0\0'],
  ['AVIF', '\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf'],
  ['AVIF', '\0\0\0\x20ftypmif1\0\0\0\0mif1heicmiafavif'],
  ['TIFF', 'II*\0'],
])('%s is a picture, and no foreign one', (name, head) => {
  expect(pictureTypeOf(latin1(head))).toBe(name);
  expect(foreignTypeOf(latin1(head))).toBeUndefined();
});

test('text and nothing are neither', () => {
  for (const head of ['', 'no picture', '{}']) {
    expect([pictureTypeOf(latin1(head)), foreignTypeOf(latin1(head))]).toEqual([undefined, undefined]);
  }
});
