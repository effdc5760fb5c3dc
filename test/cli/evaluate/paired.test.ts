// A method against plain CLIP, paired by picture, on answers written by hand.

import { describe, expect, it } from 'vitest';
import { averageGain, mcNemar, pairedGain } from '../../../cli/evaluate/paired.ts';

describe('a paired gain', () => {
  it('is over pictures, each counting once with its mean over the seeds that score it', () => {
    const paired = pairedGain([
      { rows: [0, 1, 2], ours: '111', plain: '100' },
      { rows: [1, 2, 3], ours: '010', plain: '001' },
    ]);
    expect(paired.gain).toBeCloseTo((2 / 3 + 0) / 2);
    // Differences by picture: 0; (1 + 0) / 2; (1 + 1) / 2; −1.
    const values = [0, 0.5, 1, -1];
    const mean = 0.125;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
    expect(paired.standardError).toBeCloseTo(Math.sqrt(variance / 4));
    expect(paired).toMatchObject({ corrected: 2, broken: 0, p: 0.5 });
  });

  it('averages over targets with the error over pictures, and that over targets beside it', () => {
    const one = { standardError: 0.03, corrected: 0, broken: 0, p: 1 };
    const { gain, pictureError, targetError, below } = averageGain([
      { ...one, gain: 0.1 },
      { ...one, gain: -0.04 },
      { ...one, gain: -0.02 },
    ]);
    expect(gain).toBeCloseTo(0.04 / 3);
    expect(pictureError).toBeCloseTo(0.03 / Math.sqrt(3));
    const variance = [0.1, -0.04, -0.02].reduce((sum, value) => sum + (value - gain) ** 2, 0) / 2;
    expect(targetError).toBeCloseTo(Math.sqrt(pictureError ** 2 + variance / 3));
    expect(below).toBe(1);
  });
});

describe("McNemar's exact test", () => {
  it.each([
    [0, 0, 1],
    [1, 1, 1],
    [5, 0, 2 / 32],
    [8, 2, (2 * (1 + 10 + 45)) / 1024],
  ])('of %i put right and %i spoilt', (corrected, broken, p) => {
    expect(mcNemar(corrected, broken)).toBeCloseTo(p);
    expect(mcNemar(broken, corrected)).toBeCloseTo(p);
  });

  it('holds for many changes', () => {
    expect(mcNemar(2000, 2000)).toBe(1);
    // Two standard deviations of a binomial of 10,000: 4.55 %, by the normal approximation with continuity.
    expect(mcNemar(5100, 4900)).toBeCloseTo(0.0466, 3);
  });
});
