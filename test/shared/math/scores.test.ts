import { describe, expect, test } from 'vitest';
import {
  accuracy,
  areaUnderRoc,
  expectedCalibrationError,
  flipRate,
  maximumConceptMatching,
  perClassRecall,
  predictionDisagreement,
} from '#shared/math/answer/scores.ts';
import { fc } from '../../support/properties.ts';
import { uniform } from './random.ts';

describe('scores of answers', () => {
  const answers = Int32Array.of(0, 1, 1, 2, 0);
  const classes = Int32Array.of(0, 1, 2, 2, -1);

  test('count only pictures that have a class', () => {
    expect(accuracy(answers, classes)).toBe(0.75);
    expect(accuracy(Int32Array.of(1), Int32Array.of(-1))).toBe(0);
    expect(perClassRecall(answers, classes, 4)).toEqual([1, 1, 0.5, undefined]);
  });

  test('tell how often an answer flips', () => {
    expect(flipRate(answers, Int32Array.of(0, 1, 2, 2, 1))).toBe(0.4);
    expect(flipRate(new Int32Array(0), new Int32Array(0))).toBe(0);
    expect(() => flipRate(answers, new Int32Array(2))).toThrow(RangeError);
  });
});

describe('expectedCalibrationError', () => {
  test('is the gap between confidence and accuracy, weighted by pictures', () => {
    const probabilities = Float32Array.of(0.75, 0.25, 0.75, 0.25, 0.625, 0.375, 0.5, 0.5);
    // Bin of 0.75: accuracy 1/2; bin of 0.625: accuracy 1; the last has no class.
    const error = expectedCalibrationError(probabilities, Int32Array.of(0, 1, 0, -1), 2, 10);
    expect(error).toBeCloseTo((2 / 3) * 0.25 + (1 / 3) * 0.375, 12);
  });

  test('is near zero where answers are right as often as they say', () => {
    const next = uniform(1);
    const confidence = Array.from({ length: 20_000 }, () => 0.5 + next() / 2);
    const probabilities = Float32Array.from(confidence.flatMap((p) => [p, 1 - p]));
    const classes = Int32Array.from(confidence, (p) => (next() < p ? 0 : 1));
    expect(expectedCalibrationError(probabilities, classes, 2)).toBeLessThan(0.02);
  });
});

describe('areaUnderRoc', () => {
  test('is the chance that a known picture scores higher, ties half', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(scores, scores, (known, unknown) => {
        const wins = known.flatMap((a) => unknown.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        const expected = wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
        expect(areaUnderRoc(known, unknown)).toBeCloseTo(expected, 12);
      }),
      { numRuns: 100 },
    );
    expect(areaUnderRoc([], [1])).toBe(0.5);
  });

  test('works on maximum concept matching', () => {
    const known = maximumConceptMatching(Float32Array.of(0.875, 0.125, 0.25, 0.75), 2);
    expect([...known]).toEqual([0.875, 0.75]);
    expect(areaUnderRoc(known, Float64Array.of(0.5))).toBe(1);
  });
});

describe('predictionDisagreement', () => {
  test('is the total variation between mean answers of shared classes', () => {
    const photo = { probabilities: Float32Array.of(1, 0, 0.5, 0.5, 0, 1), classes: Int32Array.of(0, 0, 1) };
    const sketch = { probabilities: Float32Array.of(0.25, 0.75), classes: Int32Array.of(0) };
    const other = { probabilities: Float32Array.of(0, 1), classes: Int32Array.of(-1) };
    expect(predictionDisagreement([photo, sketch, other], 2)).toEqual([
      [0, 0.5, 0],
      [0.5, 0, 0],
      [0, 0, 0],
    ]);
  });
});
