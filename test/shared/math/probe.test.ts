import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { absentBias, type Probe, probeLogits, trainProbe } from '#shared/math/answer/probe.ts';
import { minimise } from '#shared/math/linear/lbfgs.ts';
import { softmaxInPlace } from '#shared/math/linear/softmax.ts';
import { largestDifference } from './random.ts';

type Golden = {
  d: number;
  labels: number[];
  coef: number[][];
  intercept: number[];
  first_probabilities: number[][];
};

const fixtures = new URL('../../fixtures/probe/', import.meta.url);
const golden = JSON.parse(readFileSync(new URL('index.json', fixtures), 'utf8')) as Golden;
const features = new Float32Array(new Uint8Array(readFileSync(new URL('features.f32', fixtures))).buffer);
const problem = { features, classes: Int32Array.from(golden.labels), classCount: 5, dimension: golden.d };

/** softmax(W z + b) of `features` [n, k]. */
function probeProbabilities(probe: Probe, rows: Float32Array, dimension: number): Float32Array {
  const result = probeLogits(probe, rows, dimension);
  const width = probe.bias.length;
  for (let start = 0; start < result.length; start += width) softmaxInPlace(result, start, width);
  return result;
}

describe('trainProbe', () => {
  test('is the minimum that scikit-learn finds', () => {
    const probe = trainProbe(problem);
    expect(probe.gradientNorm).toBeLessThan(1e-4);
    const first = features.subarray(0, golden.first_probabilities.length * golden.d);
    const ours = probeProbabilities(probe, first, golden.d);
    expect(largestDifference(ours, golden.first_probabilities.flat())).toBeLessThan(1e-4);
    expect(largestDifference(probe.weights, golden.coef.flat())).toBeLessThan(1e-3);
    expect(largestDifference(probe.bias, golden.intercept)).toBeLessThan(1e-3);
  });

  test('is near that with products of float32', () => {
    const stopping = { maxIterations: 100, gradientTolerance: 0.02 };
    const rough = trainProbe({ ...problem, precision: 'float32', stopping });
    const first = features.subarray(0, golden.first_probabilities.length * golden.d);
    const ours = probeProbabilities(rough, first, golden.d);
    expect(largestDifference(ours, golden.first_probabilities.flat())).toBeLessThan(1e-3);
  });

  test('has nothing left to do from its own answer', () => {
    const probe = trainProbe(problem);
    expect(trainProbe({ ...problem, start: probe }).iterations).toBeLessThan(5);
  });

  test('never answers a class that no sample has', () => {
    const classes = problem.classes.map((index) => index + 1);
    const probe = trainProbe({ ...problem, classes, classCount: 7 });
    expect([...probe.present]).toEqual([0, 1, 1, 1, 1, 1, 0]);
    expect([probe.bias[0], probe.bias[6]]).toEqual([absentBias, absentBias]);
    expect(
      largestDifference(probe.weights.subarray(golden.d, 6 * golden.d), golden.coef.flat()),
    ).toBeLessThan(1e-3);
    const probabilities = probeProbabilities(probe, features.subarray(0, golden.d), golden.d);
    expect(probabilities[0]).toBe(0);
    expect(() => trainProbe({ ...problem, classes, classCount: 5 })).toThrow(RangeError);
  });
});

describe('minimise', () => {
  test('finds the minimum of a badly scaled valley', () => {
    const rosenbrock = (point: Float64Array, gradient: Float64Array) => {
      const [x = 0, y = 0] = point;
      gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
      gradient[1] = 200 * (y - x * x);
      return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
    };
    const { point, gradientNorm } = minimise(rosenbrock, Float64Array.of(-1.2, 1), {
      maxIterations: 200,
      gradientTolerance: 1e-8,
    });
    expect(gradientNorm).toBeLessThan(1e-8);
    expect(largestDifference(point, [1, 1])).toBeLessThan(1e-6);
  });

  test('stops at the iterations it is given, and where nothing lowers the value', () => {
    const slope = (_: Float64Array, gradient: Float64Array) => {
      gradient[0] = 1;
      return 0;
    };
    const stuck = minimise(slope, Float64Array.of(3), { maxIterations: 9, gradientTolerance: 0 });
    expect(stuck).toMatchObject({ iterations: 0, point: Float64Array.of(3) });
    const square = (point: Float64Array, gradient: Float64Array) => {
      gradient[0] = 4 * (point[0] ?? 0) ** 3;
      return (point[0] ?? 0) ** 4;
    };
    expect(minimise(square, Float64Array.of(3), { maxIterations: 2, gradientTolerance: 0 }).iterations).toBe(
      2,
    );
  });
});
