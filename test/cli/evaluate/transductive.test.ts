// The transductive comparison on clusters that plain CLIP's texts point at badly.

import { describe, expect, it } from 'vitest';
import { accuracy } from '#shared/math/answer/scores.ts';
import { multiplyRows } from '#shared/math/kernels/fast-product.ts';
import { argmaxOfRows, normaliseRows } from '#shared/math/linear/vector.ts';
import { answerTransductively } from '../../../cli/evaluate/transductive.ts';
import { gaussian } from '../../shared/math/random.ts';

const [dimension, classCount, count] = [16, 4, 240];

/** Tight clusters, and texts that lean towards another class. */
function makeClusters(seed: number) {
  const next = gaussian(seed);
  const centres = Float32Array.from({ length: classCount * dimension }, next);
  normaliseRows(centres, dimension);
  const classes = Int32Array.from({ length: count }, (_, row) => row % classCount);
  const rows = Float32Array.from(
    Array.from(classes, (label) =>
      Array.from({ length: dimension }, (_, i) => (centres[label * dimension + i] ?? 0) + 0.12 * next()),
    ).flat(),
  );
  normaliseRows(rows, dimension);
  const prototypes = centres.map((value, at) => {
    const other = (Math.floor(at / dimension) + 1) % classCount;
    return value + 0.8 * (centres[other * dimension + (at % dimension)] ?? 0) + 0.25 * next();
  });
  normaliseRows(prototypes, dimension);
  return { rows, prototypes, classes };
}

describe('a transductive answer', () => {
  it('is better than the texts alone where pictures lie in clusters, and the same every time', () => {
    const gains = [1, 2, 3, 4, 5, 6].map((seed) => {
      const { rows, prototypes, classes } = makeClusters(seed);
      const plain = argmaxOfRows(multiplyRows(rows, prototypes, dimension), classCount);
      const answers = answerTransductively(rows, { prototypes, dimension, logitScale: 10 });
      expect(answerTransductively(rows, { prototypes, dimension, logitScale: 10 })).toEqual(answers);
      return accuracy(answers, classes) - accuracy(plain, classes);
    });
    expect(gains.reduce((sum, gain) => sum + gain, 0) / gains.length).toBeGreaterThan(0.03);
    expect(Math.min(...gains)).toBeGreaterThan(-0.05);
  });
});
