import { describe, expect, test } from 'vitest';
import { classify } from '#shared/math/answer/classify.ts';
import { centreOf, compileHead, plainHead } from '#shared/math/answer/compiled-head.ts';
import type { FittedHead } from '#shared/math/answer/fitted-head.ts';
import { icmFamily, projectionOf } from '#shared/math/fit/estimators.ts';
import { topK } from '#shared/math/linear/top-k.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { fc } from '../../support/properties.ts';
import { gaussianRows, largestDifference, product, randomSymmetric, transposed, unwrap } from './random.ts';

const d = 12;
const c = 5;

function unitRows(count: number, seed: number): Float32Array<ArrayBuffer> {
  const rows = gaussianRows(count, d, seed);
  normaliseRows(rows, d);
  return rows;
}

function zeroShot(projection: Float32Array, prototypes: Float32Array): FittedHead {
  const dimension = projection.length / d;
  const projected = Float32Array.from(
    product(prototypes, transposed(projection, dimension, d), [prototypes.length / d, d, dimension]),
  );
  normaliseRows(projected, dimension);
  return {
    head: 'zero-shot',
    choice: 'fixed',
    centred: false,
    estimator: 'icm',
    lambda: 1,
    dimension,
    logitScale: 20,
    temperature: 1,
    projection,
    prototypes: projected,
  };
}

function randomProjection(k: number): Float32Array {
  const moments = {
    dimension: d,
    second: randomSymmetric(d, 20, 1),
    secondTrace: 1,
    pairs: randomSymmetric(d, 20, 2),
    pairsTrace: 1,
    mean: new Float64Array(d),
  };
  return new Float32Array(projectionOf(unwrap(icmFamily(moments, 1)), k));
}

describe('classify', () => {
  const prototypes = unitRows(c, 1);
  const pictures = unitRows(7, 2);

  test('with all d directions answers as plain CLIP does', () => {
    const plain = classify(plainHead(prototypes, d, 20), pictures, 7);
    const full = classify(compileHead(zeroShot(randomProjection(d), prototypes), d), pictures, 7);
    expect(largestDifference(full.scores, plain.scores)).toBeLessThan(1e-6);
    expect(largestDifference(full.probabilities, plain.probabilities)).toBeLessThan(1e-5);
  });

  test('gives cosines after projection and their softmax', () => {
    const k = 4;
    const projection = randomProjection(k);
    const { scores, probabilities } = classify(compileHead(zeroShot(projection, prototypes), d), pictures, 7);
    const projected = product(pictures, transposed(projection, k, d), [7, d, k]);
    normaliseRows(projected, k);
    const texts = product(prototypes, transposed(projection, k, d), [c, d, k]);
    normaliseRows(texts, k);
    const cosines = product(projected, transposed(texts, c, k), [7, k, c]);
    expect(largestDifference(scores, cosines)).toBeLessThan(1e-6);
    const weights = cosines.map((value) => Math.exp(20 * value));
    const sum = weights.subarray(0, c).reduce((a, b) => a + b, 0);
    expect(
      largestDifference(
        probabilities.subarray(0, c),
        weights.subarray(0, c).map((w) => w / sum),
      ),
    ).toBeLessThan(1e-5);
  });

  test('divides by the temperature', () => {
    const head = zeroShot(randomProjection(4), prototypes);
    const cold = classify(compileHead({ ...head, logitScale: 10 }, d), pictures, 7);
    const warm = classify(compileHead({ ...head, logitScale: 20, temperature: 2 }, d), pictures, 7);
    expect(warm.probabilities).toEqual(cold.probabilities);
  });

  test('answers by weights and bias with a probe, and still tells cosines', () => {
    const head = zeroShot(randomProjection(4), prototypes);
    const weights = head.prototypes.map((value) => value * 2);
    const probe: FittedHead = {
      ...head,
      head: 'probe',
      featureScale: 10,
      weights,
      bias: new Float32Array(c),
    };
    const { scores, probabilities } = classify(compileHead(probe, d), pictures, 7);
    const same = classify(compileHead(head, d), pictures, 7);
    expect(scores).toEqual(same.scores);
    expect(largestDifference(probabilities, same.probabilities)).toBeLessThan(1e-6);
    const biased = { ...probe, bias: Float32Array.of(0, 0, 90, 0, 0) };
    expect(classify(compileHead(biased, d), pictures, 7).probabilities[2]).toBeGreaterThan(0.999);
    const { bias: _, ...incomplete } = probe;
    expect(() => compileHead(incomplete, d)).toThrow(RangeError);
  });

  test('takes the mean of pictures out first', () => {
    const head = zeroShot(randomProjection(4), prototypes);
    const mean = unitRows(1, 9);
    const shifted = pictures.map((value, index) => value - (mean[index % d] ?? 0));
    const expected = classify(compileHead(head, d), shifted, 7);
    const compiled = compileHead({ ...head, centred: true }, d, mean);
    const actual = classify(compiled, pictures, 7);
    expect(largestDifference(actual.probabilities, expected.probabilities)).toBeLessThan(1e-5);
    const profiled = classify(compileHead(head, d), pictures, 7, centreOf(compiled, mean));
    expect(profiled).toEqual(actual);
    expect(classify(compiled, pictures, 7, 'none')).toEqual(classify(compileHead(head, d), pictures, 7));
  });

  test('answers the same alone and in a batch, whatever was asked before', () => {
    const head = compileHead(zeroShot(randomProjection(3), prototypes), d);
    const batch = classify(head, pictures, 7);
    const alone = classify(head, pictures.subarray(2 * d, 3 * d), 1);
    expect(alone.probabilities).toEqual(batch.probabilities.slice(2 * c, 3 * c));
    expect(classify(head, pictures, 7)).toEqual(batch);
    expect(() => classify(head, pictures, 6)).toThrow(RangeError);
  });

  test('stays finite for one label and for logits that would overflow', () => {
    const one = classify(plainHead(unitRows(1, 3), d, 1e6), pictures, 7);
    expect([...one.probabilities]).toEqual(new Array(7).fill(1));
    const steep = classify(plainHead(prototypes, d, 1e6), pictures, 7);
    expect(steep.probabilities.every(Number.isFinite)).toBe(true);
  });
});

describe('topK', () => {
  // Beyond 32 it goes about it in another way.
  test.each([9, 300])('lists the largest first, equals by index, for up to %s of them', (most) => {
    const values = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: most, size: 'max' });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: most }), (values, k) => {
        const sorted = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
        expect(topK(values, k)).toEqual(sorted.slice(0, k));
      }),
      { numRuns: 100 },
    );
  });
});

describe('plain CLIP of a family with sigmoid scoring', () => {
  test('gives each label a probability of its own: 1 / (1 + exp(−(scale · cos + bias)))', () => {
    const [rows, logitScale, logitBias] = [unitRows(c, 1), 12.5, -4.5];
    const head = plainHead(rows, d, logitScale, { kind: 'sigmoid', logitBias });
    const { probabilities, scores } = classify(head, unitRows(3, 2), 3);
    const expected = scores.map((cosine) => 1 / (1 + Math.exp(-(logitScale * cosine + logitBias))));
    expect(largestDifference(probabilities, expected)).toBeLessThan(1e-6);
  });
});
