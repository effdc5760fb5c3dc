import { describe, expect, test } from 'vitest';
import { fitTemperature } from '#shared/math/answer/temperature.ts';
import { softmaxInPlace } from '#shared/math/linear/softmax.ts';
import { gaussianRows, uniform } from './random.ts';

const wide = { low: 0.05, high: 20, prior: 0 };

/** Mean of −log softmax(logits / t)[class]. */
function negativeLogLikelihood(logits: Float32Array, classes: Int32Array, width: number, t: number): number {
  const losses = Array.from(classes, (label, row) => {
    const probabilities = logits.slice(row * width, (row + 1) * width).map((value) => value / t);
    softmaxInPlace(probabilities, 0, width);
    return -Math.log(probabilities[label] ?? 0);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

describe('fitTemperature', () => {
  test('finds the factor that logits were multiplied by', () => {
    const classCount = 4;
    const count = 4000;
    const honest = gaussianRows(count, classCount, 3).map((value) => 2 * value);
    const next = uniform(4);
    const classes = new Int32Array(count);
    for (let row = 0; row < count; row++) {
      const probabilities = honest.slice(row * classCount, (row + 1) * classCount);
      softmaxInPlace(probabilities, 0, classCount);
      const drawn = next();
      let below = 0;
      const index = probabilities.findIndex((p) => {
        below += p;
        return drawn < below;
      });
      classes[row] = Math.max(0, index);
    }
    const loud = honest.map((value) => 3 * value);
    const temperature = fitTemperature(loud, classes, classCount, wide);
    expect(Math.abs(temperature / 3 - 1)).toBeLessThan(0.1);
    const loss = (t: number) => negativeLogLikelihood(loud, classes, classCount, t);
    expect(loss(temperature)).toBeLessThan(Math.min(loss(temperature * 1.05), loss(temperature / 1.05)));
  });

  test('stays within its bounds', () => {
    const logits = Float32Array.of(9, 0, 0, 9);
    const wrong = Int32Array.of(1, 0);
    const right = Int32Array.of(0, 1);
    expect(fitTemperature(logits, wrong, 2, { low: 1, high: 16, prior: 0 })).toBeCloseTo(16);
    expect(fitTemperature(logits, right, 2, { low: 1, high: 16, prior: 0 })).toBeCloseTo(1);
    expect(fitTemperature(logits, right, 2, { low: 0.5, high: 16, prior: 0 })).toBeCloseTo(0.5);
  });

  test('minimises likelihood and prior together, and believes in 1 the more the fewer pictures say otherwise', () => {
    const rows = gaussianRows(30, 3, 7).map((value) => 6 * value);
    const classes = Int32Array.from({ length: 30 }, (_, row) => row % 3);
    const prior = 20;
    const temperature = fitTemperature(rows, classes, 3, { low: 0.05, high: 20, prior });
    const loss = (t: number) => {
      let total = 30 * negativeLogLikelihood(rows, classes, 3, t);
      for (let row = 0; row < 30; row++) {
        const [as, at] = [1, t].map((one) => {
          const probabilities = rows.slice(3 * row, 3 * row + 3).map((value) => value / one);
          softmaxInPlace(probabilities, 0, 3);
          return probabilities;
        });
        for (let i = 0; i < 3; i++) total -= (prior / 30) * (as?.[i] ?? 0) * Math.log(at?.[i] ?? 0);
      }
      return total;
    };
    expect(loss(temperature)).toBeLessThan(Math.min(loss(temperature * 1.02), loss(temperature / 1.02)));
    const free = fitTemperature(rows, classes, 3, wide);
    const held = fitTemperature(rows, classes, 3, { ...wide, prior: 2000 });
    expect(temperature).toBeLessThan(free);
    expect(held).toBeLessThan(temperature);
    expect(held).toBeGreaterThan(1);
  });

  test('is 1 where there is nothing to fit', () => {
    expect(fitTemperature(Float32Array.of(1, 2), Int32Array.of(-1), 2, wide)).toBe(1);
    expect(fitTemperature(Float32Array.of(1, 2), Int32Array.of(0, 0), 1, wide)).toBe(1);
  });
});
