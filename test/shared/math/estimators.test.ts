import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  gevdFamily,
  icmFamily,
  identityFamily,
  invariantEigen,
  napFamily,
  pairEigen,
  projectionOf,
  referenceFamily,
  softFamily,
} from '#shared/math/fit/estimators.ts';
import type { Moments } from '#shared/math/fit/moments.ts';
import { addGram, packedLength, unpack } from '#shared/math/linear/packed.ts';
import { fc } from '../../support/properties.ts';
import { identityMatrix, largestDifference, product, randomSymmetric, transposed, unwrap } from './random.ts';

const fixtures = new URL('../../fixtures/icm/', import.meta.url);

function floats32(name: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(new URL(name, fixtures))).buffer);
}

function floats64(name: string): Float64Array {
  return new Float64Array(new Uint8Array(readFileSync(new URL(name, fixtures))).buffer);
}

function secondMoment(rows: Float32Array, dimension: number): Float64Array {
  const packed = new Float64Array(packedLength(dimension));
  addGram(packed, rows, dimension);
  return unpack(
    packed.map((value) => (value * dimension) / rows.length),
    dimension,
  );
}

/** P Pᵀ [k, k]. */
function gram(projection: Float64Array, dimension: number): Float64Array {
  const k = projection.length / dimension;
  return product(projection, transposed(projection, k, dimension), [k, dimension, k]);
}

/** PᵀP [d, d]. */
function projector(projection: Float64Array, dimension: number): Float64Array {
  const k = projection.length / dimension;
  return product(transposed(projection, k, dimension), projection, [dimension, k, dimension]);
}

function trace(matrix: Float64Array, size: number): number {
  return Array.from({ length: size }, (_, i) => matrix[i * size + i] ?? 0).reduce((a, b) => a + b, 0);
}

function randomMoments(dimension: number, seed: number): Moments {
  const second = randomSymmetric(dimension, dimension + 4, seed);
  const pairs = randomSymmetric(dimension, dimension + 4, seed + 1);
  return {
    dimension,
    second,
    secondTrace: trace(second, dimension),
    pairs,
    pairsTrace: trace(pairs, dimension),
    mean: new Float64Array(dimension),
  };
}

type Golden = {
  n: number;
  d: number;
  cases: { lambda: number; eigenvalues_ascending: number[]; projectors: Record<string, string> }[];
};

describe('against PyTorch', () => {
  const { d, cases } = JSON.parse(readFileSync(new URL('index.json', fixtures), 'utf8')) as Golden;
  const x = floats32('x.f32');
  const intervened = floats32('x_intervened.f32');
  const second = secondMoment(x, d);
  const pairs = secondMoment(
    x.map((value, index) => value - (intervened[index] ?? 0)),
    d,
  );

  test.each(cases)('has the eigenvalues and projectors of λ = $lambda', (golden) => {
    const { values, vectors } = unwrap(invariantEigen(second, pairs, golden.lambda, d));
    const relative =
      largestDifference(values, golden.eigenvalues_ascending.toReversed()) / Math.abs(values[0] ?? 1);
    expect(relative).toBeLessThan(1e-3);
    for (const [k, file] of Object.entries(golden.projectors)) {
      const ours = projector(vectors.slice(0, Number(k) * d), d);
      expect(largestDifference(ours, floats64(file))).toBeLessThan(1e-5);
    }
  });
});

describe('estimators', () => {
  const problem = fc.record({ dimension: fc.integer({ min: 2, max: 14 }), seed: fc.nat(10_000) });

  test('icm has orthonormal rows whose trace is the sum of the largest eigenvalues', () => {
    fc.assert(
      fc.property(problem, fc.double({ min: 0, max: 20, noNaN: true }), fc.nat(), (of, lambda, pick) => {
        const moments = randomMoments(of.dimension, of.seed);
        const family = unwrap(icmFamily(moments, lambda));
        const k = 1 + (pick % of.dimension);
        const p = projectionOf(family, k);
        const absolute = (lambda * moments.secondTrace) / moments.pairsTrace;
        const m = moments.second.map((value, index) => value - absolute * (moments.pairs[index] ?? 0));
        const pm = product(p, m, [k, of.dimension, of.dimension]);
        const kept = trace(product(pm, transposed(p, k, of.dimension), [k, of.dimension, k]), k);
        const largest = family.values.slice(0, k).reduce((a, b) => a + b, 0);
        const scale = Math.max(...m.map(Math.abs)) * of.dimension;
        return (
          largestDifference(gram(p, of.dimension), identityMatrix(k)) < 1e-10 &&
          Math.abs(kept - largest) < 1e-10 * scale
        );
      }),
      { numRuns: 60 },
    );
  });

  test('nap leaves out the directions that move most: the limit of icm for a large penalty', () => {
    const moments = randomMoments(10, 3);
    const nap = projector(projectionOf(napFamily(unwrap(pairEigen(moments))), 7), 10);
    const icm = projector(projectionOf(unwrap(icmFamily(moments, 1e9)), 7), 10);
    expect(largestDifference(nap, icm)).toBeLessThan(1e-6);
  });

  test('soft is the inverse root of I + λS̄ up to a rotation', () => {
    const moments = randomMoments(8, 6);
    const p = projectionOf(softFamily(unwrap(pairEigen(moments)), 2.5), 8);
    const shrunk = identityMatrix(8).map(
      (value, index) => value + ((2.5 * 8) / moments.pairsTrace) * (moments.pairs[index] ?? 0),
    );
    expect(largestDifference(product(projector(p, 8), shrunk, [8, 8, 8]), identityMatrix(8))).toBeLessThan(
      1e-10,
    );
  });

  test('gevd whitens S and makes C diagonal, largest first', () => {
    const moments = randomMoments(9, 12);
    const family = unwrap(gevdFamily(moments));
    const p = projectionOf(family, 9);
    const sandwich = (m: Float64Array) => product(product(p, m, [9, 9, 9]), transposed(p, 9, 9), [9, 9, 9]);
    expect(largestDifference(sandwich(moments.pairs), identityMatrix(9))).toBeLessThan(1e-9);
    const diagonal = identityMatrix(9).map((value, index) => value * (family.values[index % 9] ?? 0));
    expect(largestDifference(sandwich(moments.second), diagonal)).toBeLessThan(1e-8);
    expect([...family.values]).toEqual([...family.values].sort((a, b) => b - a));
  });

  test('reference keeps the complement of what icm keeps', () => {
    const moments = randomMoments(6, 20);
    const absolute = moments.secondTrace / moments.pairsTrace;
    const smallest = projector(projectionOf(unwrap(referenceFamily(moments, absolute)), 4), 6);
    const largest = projector(projectionOf(unwrap(icmFamily(moments, 1)), 2), 6);
    const sum = smallest.map((value, index) => value + (largest[index] ?? 0));
    expect(largestDifference(sum, identityMatrix(6))).toBeLessThan(1e-10);
  });

  test('say what is missing where no pair moved', () => {
    const moments = { ...randomMoments(4, 1), pairs: new Float64Array(16), pairsTrace: 0 };
    for (const result of [icmFamily(moments, 1), gevdFamily(moments), pairEigen(moments)]) {
      expect(result).toMatchObject({ ok: false, error: { code: 'too-few-samples' } });
    }
    expect(icmFamily(moments, 0).ok).toBe(true);
    expect(gevdFamily({ ...moments, pairs: randomSymmetric(4, 2, 3), pairsTrace: 1 }).ok).toBe(false);
  });

  test('refuse a dimension that is not there', () => {
    expect(() => projectionOf(identityFamily(4), 5)).toThrow(RangeError);
    expect(() => projectionOf(identityFamily(4), 0)).toThrow(RangeError);
  });
});
