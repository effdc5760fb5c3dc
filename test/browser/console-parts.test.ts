// Parts of the console that need no browser to be wrong.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { ClipIcmError } from '#client/client.ts';
import type { ClassificationResponse } from '#shared/contracts/classification.ts';
import { PictureIntervention } from '#shared/contracts/intervention.ts';
import { defaultIntervention, pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { maxPictureBytes } from '#shared/contracts/limits.ts';
import { acceptedMediaTypes, pictureTypeNames, pictureTypes } from '#shared/contracts/picture-types.ts';
import type { Problem } from '#shared/contracts/problem.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';
import { arrangeFiles } from '../../console/fit/picture-tree.ts';
import { lambdaPosition } from '../../console/fit/solve-options.ts';
import { formatLarge } from '../../console/parts/format.ts';
import { environmentTable } from '../../console/report/own-evaluation.ts';
import { parseServerTiming } from '../../console/session/server-timing.ts';
import type { Session } from '../../console/session/session.ts';
import { strings } from '../../console/strings.ts';
import { notesOf } from '../../console/try/answer-notes.ts';
import { ask } from '../../console/try/ask.ts';
import { parseLabels } from '../../console/try/labels.ts';
import { decodePicture } from '../../gpu-worker/pictures/decode.ts';
import { locateAssets } from '../../infra/local/edge-bundle.ts';

const maxGzippedBytes = 200 * 1024;

test.each(pictureInterventionNames)('shows %s with the parameters a fit has by default', (name) => {
  expect(PictureIntervention.parse({ name })).toEqual(defaultIntervention[name]);
});

test('weighs at most 200 KiB gzipped, and carries no style attribute, inline script or foreign address', async () => {
  const directory = path.join(await locateAssets(), 'console');
  const html = await readFile(path.join(directory, 'index.html'), 'utf8');
  expect(html).not.toMatch(/ style=|<style|<script(?![^>]* src=)|https?:/);
  const files = await readdir(path.join(directory, 'assets'));
  const contents = await Promise.all(files.map((file) => readFile(path.join(directory, 'assets', file))));
  const bytes = [...contents, Buffer.from(html)].reduce((sum, file) => sum + gzipSync(file).length, 0);
  expect(bytes).toBeLessThanOrEqual(maxGzippedBytes);
});

describe('arranging files by folders', () => {
  const arrange = (paths: readonly string[], layout: 'environment' | 'class' = 'environment') => {
    const { files, left, hidden } = arrangeFiles(
      paths.map((name) => ({ path: name, file: new File([], path.basename(name)) })),
      layout,
    );
    const places = files.map((file) => `${file.environment} > ${file.class ?? '-'} > ${file.filename}`);
    return { places, left: left.map(({ path: where }) => where), hidden };
  };

  test('takes environment/class/file, whatever folder holds them', () => {
    expect(arrange(['zoo/night/deer/1.jpg', 'zoo/day/deer/2.png']).places).toEqual([
      'night > deer > 1.jpg',
      'day > deer > 2.png',
    ]);
    expect(arrange(['night/deer/1.jpg']).places).toEqual(['night > deer > 1.jpg']);
  });

  test('keeps one environment as one, though all paths share it', () => {
    expect(arrange(['night/deer/1.jpg', 'night/fox/2.jpg']).places).toEqual([
      'night > deer > 1.jpg',
      'night > fox > 2.jpg',
    ]);
  });

  test('takes two parts for environment/file, or for class/file where that is chosen', () => {
    const paths = ['deer/1.jpg', 'fox/2.jpg'];
    expect(arrange(paths).places).toEqual(['deer > - > 1.jpg', 'fox > - > 2.jpg']);
    expect(arrange(paths, 'class').places).toEqual(['default > deer > 1.jpg', 'default > fox > 2.jpg']);
    const below = paths.map((name) => `zoo/${name}`);
    expect(arrange(below, 'class').places).toEqual(arrange(paths, 'class').places);
  });

  test('leaves out what is no picture or has no class, and says which', () => {
    const paths = [
      'night/deer/1.jpg',
      'night/deer/notes.txt',
      'night/deer/2.bmp',
      'loose.jpg',
      'night/.DS_Store',
    ];
    expect(arrange(paths)).toEqual({
      places: ['night > deer > 1.jpg'],
      left: ['night/deer/notes.txt', 'night/deer/2.bmp', 'loose.jpg'],
      hidden: 1,
    });
  });
});

test('reads labels separated by lines or commas, once each', () => {
  expect(parseLabels(' cat, dog\n\ncat\nsea  lion ')).toEqual(['cat', 'dog', 'sea lion']);
});

test('reads Server-Timing', () => {
  expect(parseServerTiming('classify;desc="memory";dur=1.5, auth')).toEqual([
    { name: 'classify', durationMs: 1.5, description: 'memory' },
    { name: 'auth', durationMs: undefined, description: undefined },
  ]);
  expect(parseServerTiming(null)).toEqual([]);
});

describe('an answer', () => {
  const session = (scoring: 'softmax' | 'sigmoid') => {
    const value: ClassificationResponse = {
      model: 'small/siglip',
      head: 'zero-shot',
      servedBy: 'memory',
      scoring,
      results: [
        {
          index: 0,
          label: 'cat',
          probability: 0.8,
          abstained: false,
          embedding: 'memory',
          predictions: [
            { label: 'cat', probability: 0.8, score: 0.3 },
            { label: 'animal', probability: 0.7, score: 0.29 },
          ],
        },
      ],
    };
    return { timed: async () => ({ value, roundTripMs: 1, server: [] }) } as unknown as Session;
  };
  const question = {
    labels: ['cat', 'animal'],
    labelsAreOwn: true,
    projection: undefined,
    environment: undefined,
  };
  const notes = async (scoring: 'softmax' | 'sigmoid') => {
    const [answer] = await ask(session(scoring), [new Blob()], 'clip', question);
    if (answer?.state !== 'answered') throw new Error('no answer');
    return notesOf(answer);
  };

  test('of a model that judges each label by itself says that its probabilities need not sum to 1', async () => {
    expect(await notes('sigmoid')).toEqual([expect.stringContaining('need not sum to 1')]);
    expect(await notes('softmax')).toEqual([]);
  });

  test('says where its profile went unused, or may harm', () => {
    const said = (mode: 'profiled' | 'unused', skewed: boolean) =>
      notesOf({
        scoring: 'softmax',
        environment: { name: 'night', revision: 1, pictures: 32, mode, skewed },
      });
    expect(said('profiled', false)).toEqual([]);
    expect(said('profiled', true)).toEqual([expect.stringContaining('may harm')]);
    expect(said('unused', true)).toEqual([expect.stringContaining('not used')]);
  });
});

describe('a picture that can have no answer', () => {
  const question = { labels: ['cat'], labelsAreOwn: true, projection: undefined, environment: undefined };

  test('for its size is not sent, and others are', async () => {
    const sent: number[] = [];
    const session = {
      timed: async () => {
        sent.push(1);
        return { value: { results: [] }, roundTripMs: 1, server: [] };
      },
    } as unknown as Session;
    const large = { size: maxPictureBytes + 1 } as Blob;
    expect(await ask(session, [large], 'clip', question)).toEqual([
      {
        state: 'refused',
        code: 'payload-too-large',
        detail: expect.stringMatching(/^It has 33\.6 MB; 33\.6 MB is/),
      },
    ]);
    expect(sent).toEqual([]);
    const [first, second] = await ask(session, [large, new Blob()], 'clip', question);
    expect([first?.state, second?.state, sent.length]).toEqual(['refused', 'failed', 1]);
  });

  test('by itself is refused as it is among others: asking again would change nothing', async () => {
    const answerOf = async (code: string) => {
      const problem = {
        type: '',
        title: '',
        status: 422,
        code,
        detail: 'Damaged.',
        requestId: 'r1',
      } as Problem;
      const timed = () => Promise.reject(new ClipIcmError(problem));
      return (await ask({ timed } as unknown as Session, [new Blob()], 'clip', question))[0];
    };
    expect(await answerOf('unreadable-picture')).toMatchObject({ state: 'refused', detail: 'Damaged.' });
    expect(await answerOf('worker-unavailable')).toMatchObject({ state: 'failed' });
  });
});

test.each([
  [0, '0'],
  [880_000, '880\u2009000'],
  [20_922_368, '20.9 million'],
  [999_979_077_632, '1\u2009000 billion'],
])('says %i as a person would', (number, words) => {
  expect(formatLarge(number)).toBe(words);
});

test('the slider of λ′ has a place for 0, and every place its value', () => {
  const { min, of, value } = lambdaPosition;
  expect([of(0), value(min)]).toEqual([min, 0]);
  for (const lambda of [0.01, 0.1, 1, 10, 1000]) expect(value(of(lambda))).toBeCloseTo(lambda, 10);
});

describe('a file dialog', () => {
  test('offers the types that are decoded and no other', async () => {
    const decoded = [];
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#c84020' } });
    const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;
    for (const format of formats) {
      const bytes = await picture.clone().toFormat(format).toBuffer();
      const type = pictureTypeOf(bytes);
      const { ok } = await decodePicture(bytes, { maxPixels: 64, maxBytes: 1e5, timeoutMs: 10_000 });
      if (ok && type !== undefined) decoded.push(pictureTypes[type].mediaType);
    }
    expect(acceptedMediaTypes.split(',')).toEqual(decoded);
    expect(acceptedMediaTypes).toBe('image/jpeg,image/png,image/webp,image/gif,image/tiff,image/avif');
  });

  test('names them in the words beside it, and in what is said of a file that cannot be read', () => {
    expect(strings.try.dropHint).toBe(pictureTypeNames);
    expect(strings.errors.codes['unreadable-picture'].next).toContain(pictureTypeNames);
  });
});

test('shows what an evaluation says of each environment and their mean, and colours a difference beyond its error', () => {
  const scores = (clip: number, projection: number) => ({
    clip: { accuracy: clip, calibrationError: 0 },
    projection: { accuracy: projection, calibrationError: 0 },
  });
  const { rows } = environmentTable({
    model: 'nano-clip',
    head: 'zero-shot',
    pictures: 8,
    skipped: { withoutClass: 0, otherClass: 0, unreadable: 0 },
    environments: [
      { name: 'day', pictures: 4, ...scores(1, 0.75), difference: { accuracy: -0.25, standardError: 0.2 } },
      { name: 'dusk', pictures: 4, ...scores(1, 0.75), difference: { accuracy: -0.25, standardError: 0.3 } },
      { name: 'night', pictures: 4, ...scores(0.5, 1), difference: { accuracy: 0.5, standardError: 0.3 } },
      { name: 'of before', pictures: 4, ...scores(0.5, 1) },
    ],
    macro: { ...scores(0.75, 0.875), difference: { accuracy: 0, standardError: 0.1 } },
    flips: { changed: 3, corrected: 2, broken: 1 },
    classes: [],
    mostCorrected: [],
    mostBroken: [],
  });
  expect(rows.map(({ name, cells }) => [name, ...cells.map(String)])).toEqual([
    ['day', '100.0', '75.0', '<span class="icm-loss">−25.0</span> <small>± 20.0</small>'],
    ['dusk', '100.0', '75.0', '<span class="icm-even">−25.0</span> <small>± 30.0</small>'],
    ['night', '50.0', '100.0', '<span class="icm-gain">+50.0</span> <small>± 30.0</small>'],
    ['of before', '50.0', '100.0', ''],
    ['mean of environments', '75.0', '87.5', '<span class="icm-even">±0.0</span> <small>± 10.0</small>'],
  ]);
});
