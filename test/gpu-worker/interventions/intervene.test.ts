// What an intervention does to a picture depends on the seed, the picture and the intervention's name, and on nothing else.

import { describe, expect, test } from 'vitest';
import { chooseInterventions, intervene } from '../../../gpu-worker/interventions/intervene.ts';
import { defaultPictureInterventions, PictureIntervention } from '../../../shared/contracts/intervention.ts';
import { pictureInterventionNames } from '../../../shared/contracts/intervention-defaults.ts';
import { fc } from '../../support/properties.ts';

const picture = (width: number, height: number, levels: (i: number) => number = (i) => (i * 37) % 256) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => levels(i)),
});

const sides = fc.integer({ min: 1, max: 24 });
const hashes = fc.stringMatching(/^[0-9a-f]{64}$/);

function intervened(
  input: ReturnType<typeof picture>,
  intervention: PictureIntervention,
  seed: number,
  contentSha256 = 'a',
) {
  const target = new Uint8Array(input.data.length);
  intervene(input, target, intervention, { seed, contentSha256 });
  return target;
}

describe('intervene', () => {
  test('works on pictures of every size, down to one pixel, and leaves its input alone', () => {
    fc.assert(
      fc.property(
        sides,
        sides,
        fc.constantFrom(...defaultPictureInterventions),
        fc.nat(),
        (width, height, one, seed) => {
          const input = picture(width, height);
          const before = Uint8Array.from(input.data);
          expect(intervened(input, one, seed)).toHaveLength(before.length);
          expect(input.data).toEqual(before);
        },
      ),
    );
  });

  test('gives the same for the same seed and picture, and another for another', () => {
    const input = picture(40, 30);
    const [jitter] = defaultPictureInterventions;
    if (jitter === undefined) throw new Error('no interventions');
    expect(intervened(input, jitter, 1)).toEqual(intervened(input, jitter, 1));
    expect(intervened(input, jitter, 1)).not.toEqual(intervened(input, jitter, 2));
    expect(intervened(input, jitter, 1, 'a')).not.toEqual(intervened(input, jitter, 1, 'b'));
  });

  test('inverts to the first picture when done twice, and blurs a plain picture to itself', () => {
    const input = picture(8, 9);
    const inverted = { ...input, data: intervened(input, { name: 'invert' }, 0) };
    expect(intervened(inverted, { name: 'invert' }, 0)).toEqual(input.data);
    const plain = picture(50, 20, () => 93);
    expect(intervened(plain, PictureIntervention.parse({ name: 'gaussian-blur' }), 5)).toEqual(plain.data);
  });

  test('blurs a picture twice the size with twice the reach', () => {
    const step = (size: number) =>
      picture(size, size, (i) => (Math.floor(i / 3) % size < size / 2 ? 0 : 255));
    const width = (size: number) => {
      const blur = PictureIntervention.parse({ name: 'gaussian-blur', sigma: [8, 8], kernelFraction: 0.5 });
      const row = intervened(step(size), blur, 0).subarray(0, size * 3);
      return row.filter((level) => level > 12 && level < 243).length / 3;
    };
    expect(width(128) / width(64)).toBeCloseTo(2, 0);
  });
});

describe('chooseInterventions', () => {
  test('takes all, or exactly m, whatever their order in the list', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(), hashes, (m, seed, contentSha256) => {
        const randomness = { seed, contentSha256 };
        const chosen = chooseInterventions(pictureInterventionNames, m, randomness);
        const reversed = pictureInterventionNames.toReversed();
        const fromReversed = chooseInterventions(reversed, m, randomness).map((index) => reversed[index]);
        expect(chosen).toHaveLength(m);
        expect(new Set(chosen.map((index) => pictureInterventionNames[index]))).toEqual(
          new Set(fromReversed),
        );
      }),
    );
    const all = chooseInterventions(pictureInterventionNames, 'all', { seed: 0, contentSha256: '' });
    expect(all).toHaveLength(pictureInterventionNames.length);
  });

  test('takes each about equally often', () => {
    const { length } = pictureInterventionNames;
    const counts = new Array<number>(length).fill(0);
    for (let i = 0; i < 3000; i++) {
      for (const index of chooseInterventions(pictureInterventionNames, 2, {
        seed: 0,
        contentSha256: `${i}`,
      })) {
        counts[index] = (counts[index] ?? 0) + 1;
      }
    }
    for (const count of counts) expect(Math.abs(count - (3000 * 2) / length)).toBeLessThan(120);
  });
});
