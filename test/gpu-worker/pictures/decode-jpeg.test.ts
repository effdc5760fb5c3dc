// JPEGs decoded without libvips: its very levels, or no answer.

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeJpeg, jpegRows } from '../../../gpu-worker/pictures/jpeg/decode-jpeg.ts';
import { type Preprocessing, preprocess, preprocessRows } from '../../../shared/pixels/preprocess.ts';
import { uniform } from '../../shared/math/random.ts';
import { type RandomJpeg, randomJpeg } from '../support/random-jpeg.ts';

const maxPixels = 2 ** 26;
const photo = await readFile(new URL('../../fixtures/images/photo.jpg', import.meta.url));
const [width, height] = [160, 121];
const scene = await sharp(photo).resize(width, height, { fit: 'fill' }).removeAlpha().raw().toBuffer();

/** The scene with grain: all coefficients are there. */
function grainy(depth: number, seed = 1): Buffer {
  const next = uniform(seed);
  return Buffer.from(scene.map((level) => Math.max(0, Math.min(255, level + depth * (next() - 0.5)))));
}

const picture = (pixels: Buffer) => sharp(pixels, { raw: { width, height, channels: 3 } });

async function byLibvips(file: Uint8Array, failOn: 'error' | 'none' = 'error') {
  const options = { failOn, ignoreIcc: true, sequentialRead: true, limitInputPixels: false } as const;
  const decoded = sharp(file, options).autoOrient().toColourspace('srgb').raw({ depth: 'uchar' });
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true });
  const rgb = info.channels === 1 ? Buffer.from([...data].flatMap((level) => [level, level, level])) : data;
  return { width: info.width, height: info.height, rgb };
}

async function expectLibvipsLevels(file: Uint8Array): Promise<void> {
  const ours = decodeJpeg(file, maxPixels);
  const theirs = await byLibvips(file);
  expect({ width: ours?.width, height: ours?.height }).toEqual({
    width: theirs.width,
    height: theirs.height,
  });
  expect(Buffer.compare(ours?.data ?? Buffer.alloc(0), theirs.rgb)).toBe(0);
}

describe('decodeJpeg gives the levels of libvips', () => {
  const qualities = [1, 10, 35, 60, 85, 95, 100];
  const depths = [0, 60, 500];
  test.each(['4:2:0', '4:4:4'])('with chroma %s, of any quality and grain', async (chromaSubsampling) => {
    for (const quality of qualities) {
      for (const depth of depths) {
        for (const optimiseCoding of [true, false]) {
          const file = picture(grainy(depth)).jpeg({ quality, chromaSubsampling, optimiseCoding });
          await expectLibvipsLevels(await file.toBuffer());
        }
      }
    }
  });

  test('of grey pictures', async () => {
    for (const quality of qualities) {
      await expectLibvipsLevels(await picture(grainy(60)).toColourspace('b-w').jpeg({ quality }).toBuffer());
    }
  });

  test('of every size around a block', async () => {
    for (let side = 16; side <= 34; side++) {
      for (const chromaSubsampling of ['4:2:0', '4:4:4']) {
        const size = { width: side, height: 50 - side };
        const file = picture(grainy(40)).resize(size.width, size.height, { fit: 'fill' });
        await expectLibvipsLevels(await file.jpeg({ chromaSubsampling }).toBuffer());
      }
    }
  });

  test('of black, white and the largest steps between them', async () => {
    const steps = (period: number) =>
      Buffer.from(scene.map((_, i) => (Math.floor(Math.floor(i / 3) / period) % 2 === 0 ? 0 : 255)));
    for (const pixels of [Buffer.alloc(scene.length), Buffer.alloc(scene.length, 255), steps(1), steps(7)]) {
      for (const quality of [50, 100]) {
        const file = await picture(pixels).jpeg({ quality }).toBuffer();
        const ours = decodeJpeg(file, maxPixels);
        if (ours !== undefined) await expectLibvipsLevels(file);
      }
    }
  });

  test('of a file with a colour profile, in whatever memory it lies', async () => {
    const file = await picture(scene).withIccProfile('p3').jpeg().toBuffer();
    await expectLibvipsLevels(Buffer.concat([Buffer.alloc(5), file]).subarray(5));
  });
});

describe('jpegRows', () => {
  const samplings = { '4:2:0': [2, 2], '4:2:2': [2, 1], '4:4:4': [1, 1], grey: undefined } as const;

  test.each(Object.entries(samplings))(
    'makes any columns of any rows as the whole has them, %s',
    (_, luma) => {
      const next = uniform(7);
      const span = (length: number) => {
        const first = Math.floor(next() * length);
        return { first, count: 1 + Math.floor(next() * (length - first)) };
      };
      for (let round = 0; round < 40; round++) {
        const size = { width: 16 + Math.floor(next() * 90), height: 16 + Math.floor(next() * 60) };
        const sampling = luma === undefined ? [[1, 1] as const] : [luma, [1, 1] as const, [1, 1] as const];
        const file = randomJpeg({ ...size, sampling }, next);
        const whole = decodeJpeg(file, maxPixels);
        const [rows, columns] = [span(size.height), span(size.width)];
        const part = Buffer.alloc(3 * size.width * rows.count);
        jpegRows(file, maxPixels)?.writeRows(part, rows, columns);
        const cut = (data: Uint8Array, firstRow: number) =>
          Array.from({ length: rows.count }, (_, y) => {
            const at = 3 * ((firstRow + y) * size.width + columns.first);
            return [...data.subarray(at, at + 3 * columns.count)];
          });
        expect(whole).toBeDefined();
        expect(cut(part, 0)).toEqual(cut(whole?.data ?? Buffer.alloc(0), rows.first));
      }
    },
  );

  test('is enough for what a model takes of a picture', async () => {
    const crop = { width: 32, height: 32 };
    const numbers = { rescale: 1 / 255, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] } as const;
    for (const [shorterSide, filter] of [
      [32, 'bicubic'],
      [80, 'lanczos'],
      [32, 'box'],
      [200, 'bilinear'],
    ] as const) {
      const preprocessing: Preprocessing = { ...numbers, resize: { shorterSide }, crop, filter };
      const file = await picture(grainy(60)).jpeg().toBuffer();
      const [whole, rows] = [decodeJpeg(file, maxPixels), jpegRows(file, maxPixels)];
      if (whole === undefined || rows === undefined) throw new Error('a usual JPEG was not decoded');
      const [expected, actual] = [new Float32Array(3 * 32 * 32), new Float32Array(3 * 32 * 32)];
      preprocessRows(rows, preprocessing, actual, 0);
      preprocess({ ...whole, transparent: false }, preprocessing, expected, 0);
      expect(actual).toEqual(expected);
    }
  });
});

describe('decodeJpeg, of a file with Exif,', () => {
  const tagged = (orientation: number) =>
    picture(grainy(60))
      .withMetadata({ orientation })
      .withExifMerge({ IFD0: { Copyright: 'somebody' } });

  test('decodes what is upright, or says nothing of it', async () => {
    await expectLibvipsLevels(await tagged(1).jpeg().toBuffer());
    await expectLibvipsLevels(await picture(scene).withMetadata({ orientation: 1 }).jpeg().toBuffer());
    const silent = picture(scene).withExif({ IFD0: { Copyright: 'somebody' } });
    await expectLibvipsLevels(await silent.jpeg().toBuffer());
  });

  test('leaves what is to be turned, or mirrored, to libvips', async () => {
    for (let orientation = 2; orientation <= 8; orientation++) {
      const file = await tagged(orientation).jpeg().toBuffer();
      expect((await sharp(file).metadata()).orientation).toBe(orientation);
      expect(decodeJpeg(file, maxPixels)).toBeUndefined();
    }
  });

  test('and where that is damaged does as libvips, or leaves it to it', async () => {
    const files = [await tagged(1).jpeg().toBuffer(), await tagged(6).jpeg().toBuffer()];
    const next = uniform(11);
    let answers = 0;
    for (let round = 0; round < 400; round++) {
      const damaged = Buffer.from(files[round % files.length] as Buffer);
      const at = damaged.indexOf('Exif') + Math.floor(next() * 90);
      damaged[at] = round % 3 === 0 ? 1 + Math.floor(next() * 8) : Math.floor(next() * 256);
      if (decodeJpeg(damaged, maxPixels) === undefined) continue;
      answers++;
      await expectLibvipsLevels(damaged);
    }
    expect(answers).toBeGreaterThan(10);
  });
});

describe('decodeJpeg, of files as other programs write them,', () => {
  const one = [1, 1] as const;
  const forms = {
    'has half the columns of chroma': { sampling: [[2, 1], one, one] },
    'has half of both': { sampling: [[2, 2], one, one] },
    'reads grey': { sampling: [one] },
    'reads codes of 12 bits': { sampling: [one, one, one], codeLength: 12 },
    'reads codes of 16 bits': { sampling: [[2, 2], one, one], codeLength: 16 },
    'begins anew at each MCU': { sampling: [[2, 2], one, one], restartInterval: 1 },
    'begins anew in the middle of a row': { sampling: [[2, 1], one, one], restartInterval: 7, codeLength: 9 },
    'goes by the numbers of components': { sampling: [one, one, one], withJfif: false },
    'believes JFIF before Adobe': { sampling: [one, one, one], adobeTransform: 0 },
    'believes JFIF before names': { sampling: [one, one, one], ids: [0x52, 0x47, 0x42] },
  } as const satisfies Record<string, Omit<RandomJpeg, 'width' | 'height'>>;
  test.each(Object.keys(forms) as (keyof typeof forms)[])('%s', async (name) => {
    const next = uniform(5);
    for (let width = 40; width < 59; width++) {
      await expectLibvipsLevels(randomJpeg({ width, height: 91 - width, ...forms[name] }, next));
    }
  });

  const others = {
    'half the rows of chroma alone': { sampling: [[1, 2], one, one] },
    'chroma finer than luma': { sampling: [one, [2, 1], one] },
    'a quarter of the columns': { sampling: [[4, 1], one, one] },
    'red, green and blue, by name': { sampling: [one, one, one], ids: [0x52, 0x47, 0x42], withJfif: false },
    'red, green and blue, by Adobe': { sampling: [one, one, one], withJfif: false, adobeTransform: 0 },
  } as const satisfies Record<string, Omit<RandomJpeg, 'width' | 'height'>>;
  test.each(Object.keys(others) as (keyof typeof others)[])('leaves to libvips: %s', async (name) => {
    const file = randomJpeg({ width: 40, height: 40, ...others[name] }, uniform(5));
    expect(decodeJpeg(file, maxPixels)).toBeUndefined();
    expect((await byLibvips(file)).width).toBe(40);
  });
});

describe('decodeJpeg leaves to libvips', () => {
  const none = (file: Uint8Array) => expect(decodeJpeg(file, maxPixels)).toBeUndefined();

  test('what is no baseline JPEG of light', async () => {
    none(await picture(scene).png().toBuffer());
    none(await picture(scene).jpeg({ progressive: true }).toBuffer());
    none(await picture(scene).toColourspace('cmyk').jpeg().toBuffer());
    none(Buffer.alloc(0));
  });

  test('what is tiny, large, or larger than allowed', async () => {
    none(await picture(scene).resize(15, 40).jpeg().toBuffer());
    none(await picture(scene).resize(2100, 1100).jpeg().toBuffer());
    expect(decodeJpeg(await picture(scene).jpeg().toBuffer(), width * height - 1)).toBeUndefined();
  });

  test('what is cut short, wherever', async () => {
    const file = await picture(grainy(60)).jpeg().toBuffer();
    for (let end = file.length - 1; end > 0; end -= 97) none(file.subarray(0, end));
  });

  test('what has bytes left over', async () => {
    const file = await picture(grainy(60)).jpeg().toBuffer();
    none(Buffer.concat([file.subarray(0, -2), Buffer.from([1, 2, 3]), file.subarray(-2)]));
  });
});

/** More by `DAMAGED_JPEGS=100000 npx vitest run test/gpu-worker/pictures/decode-jpeg.test.ts`. */
const damagedFiles = Number(process.env.DAMAGED_JPEGS ?? 600);

test("a damaged file has libvips' levels, or no answer", {
  timeout: 180_000 + 10 * damagedFiles,
}, async () => {
  const files = [
    await picture(grainy(60)).jpeg().toBuffer(),
    await picture(grainy(60)).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
    await picture(grainy(20)).toColourspace('b-w').jpeg().toBuffer(),
  ];
  const next = uniform(3);
  let answers = 0;
  for (let round = 0; round < damagedFiles; round++) {
    const damaged = Buffer.from(files[round % files.length] as Buffer);
    for (let fault = 0; fault <= round % 2; fault++) {
      damaged[Math.floor(next() * damaged.length)] = Math.floor(next() * 256);
    }
    const ours = decodeJpeg(damaged, maxPixels);
    if (ours === undefined) continue;
    answers++;
    const theirs = await byLibvips(damaged);
    expect(Buffer.compare(ours.data as Buffer, theirs.rgb), `round ${round}`).toBe(0);
  }
  expect(answers).toBeGreaterThan(10);
});
