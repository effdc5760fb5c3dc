// What the demo tries its projection on: cameras that are simulated, and which pictures make a profile.

import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Prediction } from '#shared/contracts/classification.ts';
import { type Answered, type Way, ways } from '../../../cli/demo/classify-targets.ts';
import { profilePictures, type SamplePicture, splitTarget } from '../../../cli/demo/sample-pictures.ts';
import { scoresOf } from '../../../cli/demo/score.ts';
import { cameras, seenThrough } from '../../../cli/demo/simulated-cameras.ts';
import { samplePicture } from '../../../samples/files.ts';

const cat = new Uint8Array(readFileSync(samplePicture('noto', 'cat')));

function sample(index: number): SamplePicture {
  return { class: String(index), bytes: new Uint8Array(), sha256: String(index) };
}

describe('a simulated camera', () => {
  it('gives the same picture every time, and one of its own for each camera', async () => {
    const seen = await Promise.all(cameras.map((camera) => seenThrough(camera, cat)));
    const again = await Promise.all(cameras.map((camera) => seenThrough(camera, cat)));
    expect(again).toEqual(seen);
    expect(new Set(seen.map((bytes) => Buffer.from(bytes).toString('base64'))).size).toBe(cameras.length);
  });

  it('changes light and colour, not size: night is green, warm light has little blue, dusk is dark', async () => {
    const means = async (bytes: Uint8Array) => (await sharp(bytes).stats()).channels.map(({ mean }) => mean);
    const [r, g, b] = await means(cat);
    const [nightR = 0, nightG = 0] = await means(await seenThrough('night vision', cat));
    const [, , warmB = 0] = await means(await seenThrough('warm light', cat));
    const dusk = await means(await seenThrough('dusk', cat));
    expect(nightG).toBeGreaterThan(3 * nightR);
    expect(warmB).toBeLessThan(0.5 * (b ?? 0));
    expect(Math.max(...dusk)).toBeLessThan(0.6 * Math.min(r ?? 0, g ?? 0, b ?? 0));
    const { width, height } = await sharp(await seenThrough('fog', cat)).metadata();
    expect([width, height]).toEqual([128, 128]);
  });
});

describe('a target', () => {
  it('spreads its profile over the pictures, and scores none of it', () => {
    const pictures = Array.from({ length: 117 }, (_, index) => sample(index));
    const { profile, scored } = splitTarget('night', false, pictures);
    expect(profile.map((picture) => picture.class).slice(0, 4)).toEqual(['0', '3', '7', '10']);
    expect(profile).toHaveLength(profilePictures);
    expect([...profile, ...scored].toSorted((a, b) => Number(a.class) - Number(b.class))).toEqual(pictures);
  });

  it('is scored by the most probable label, with a paired error', () => {
    const target = splitTarget('night', false, []);
    const answered = (right: readonly Way[]): Answered => {
      const answer = (way: Way): Prediction[] => [
        { label: right.includes(way) ? '0' : '1', probability: 0.9, score: 0.5 },
      ];
      const by = Object.fromEntries(ways.map((way) => [way, answer(way)])) as Record<Way, Prediction[]>;
      return { target, picture: sample(0), by };
    };
    const { pictures, zeroShot, probe } = scoresOf([
      answered(['plain', 'zeroShotCentred']),
      answered(['zeroShotCentred', 'zeroShot']),
      answered(['zeroShotCentred', 'plainProbe']),
      answered(['plain']),
    ]);
    expect(pictures).toBe(4);
    expect(zeroShot).toMatchObject({ plain: 0.5, unprofiled: 0.25, profiled: 0, centred: 0.75, gain: 0.25 });
    // Steps of 0, 1, 1, −1: their variance is 11/12.
    expect(zeroShot.standardError).toBeCloseTo(Math.sqrt(11 / 12 / 4));
    expect(probe).toMatchObject({ plain: 0.25, centred: 0, gain: -0.25 });
  });
});
