import { describe, expect, test } from 'vitest';
import { pictureTypes } from '#shared/contracts/picture-types.ts';
import { hasPictureName, type Layout, placeInTree } from '#shared/pictures/picture-tree.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';

function placeOf(path: string, layout?: Layout): string {
  const placed = placeInTree(path, layout);
  if (placed.kind !== 'placed') return placed.kind;
  const { environment, class: label = '-', filename } = placed.place;
  return [environment, label, filename].join(' > ');
}

describe('a path of a picture tree', () => {
  test('is environment/class/file', () => {
    expect(placeOf('night/deer/1.jpg')).toBe('night > deer > 1.jpg');
    expect(placeOf('./night//polar_bear/1.jpg')).toBe('night > polar_bear > 1.jpg');
  });

  test('of two parts is environment/file, without a class', () => {
    expect(placeOf('night/1.jpg')).toBe('night > - > 1.jpg');
  });

  test('of two parts is class/file where the folders are said to be classes', () => {
    expect(placeOf('deer/1.jpg', 'class')).toBe('default > deer > 1.jpg');
    expect(placeOf('night/deer/1.jpg', 'class')).toBe('misplaced');
  });

  test('that is too short, too deep, too long or leads out has no place', () => {
    const tooLong = `night/deer/${'x'.repeat(297)}.jpg`;
    for (const path of ['1.jpg', 'a/b/c/1.jpg', '../a/1.jpg', tooLong])
      expect(placeOf(path)).toBe('misplaced');
  });

  test('has its names composed in one way', () => {
    const [composed, decomposed] = ['café'.normalize('NFC'), 'café'.normalize('NFD')];
    expect(placeOf(`${decomposed}/${decomposed}/1.jpg`)).toBe(`${composed} > ${composed} > 1.jpg`);
  });

  test('is hidden where desktops and version control put it', () => {
    for (const path of ['a/.DS_Store', '.git/a/1.jpg', 'a/b/Thumbs.db', '__MACOSX/a/b/._1.jpg']) {
      expect(placeOf(path)).toBe('hidden');
    }
  });
});

test('a picture is named as one of the accepted types, or not at all', () => {
  const names = ['1.JPG', '1.jfif', '1.tif', '1.avif', '0001', 'IMG 1', '.png'];
  expect(names.filter((name) => !hasPictureName(name))).toEqual([]);
  expect(['1.bmp', 'notes.txt', '1.jpg.part', '1.heic', '1.svg'].filter(hasPictureName)).toEqual([]);
});

test('the first bytes tell each accepted type, and nothing else', () => {
  const begin = (text: string) => pictureTypeOf(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  const starts = {
    JPEG: '\xff\xd8\xff\xe0',
    PNG: '\x89PNG\r\n\x1a\n',
    WebP: 'RIFF\0\0\0\0WEBPVP8 ',
    GIF: 'GIF89a',
    TIFF: 'MM\0*',
    AVIF: '\0\0\0\x20ftypavif',
  };
  expect(Object.keys(starts)).toEqual(Object.keys(pictureTypes));
  for (const [type, start] of Object.entries(starts)) expect(begin(start)).toBe(type);
  for (const other of ['BM6\0', '<svg', '%PDF', '', 'RIFF\0\0\0\0WAVE', '\0\0\0\x20ftypheic']) {
    expect(begin(other)).toBeUndefined();
  }
});
