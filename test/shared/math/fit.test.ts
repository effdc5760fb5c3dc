import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SelectionReport } from '#shared/contracts/fit.ts';
import { classify, compileHead, type FittedHead, plainHead } from '#shared/math/answer/classify.ts';
import { accuracy } from '#shared/math/answer/scores.ts';
import { fitProjection as fitBothModes } from '#shared/math/fit/fit.ts';
import type { FitInput } from '#shared/math/fit/fit-input.ts';
import { argmaxOfRows, normaliseRows } from '#shared/math/linear/vector.ts';
import { ok } from '#shared/result.ts';
import { defaultOptions, type PlantedProblem, plantedProblem, typical } from './planted.ts';
import { largestDifference, product, transposed, unwrap } from './random.ts';

/** The unprofiled mode and the table that chose it. */
function fitProjection(input: FitInput) {
  const fitted = fitBothModes(input);
  if (!fitted.ok) return fitted;
  const { heads, report, sources, spectrum } = fitted.value;
  if (report.search === undefined) throw new Error('no table');
  return ok({
    heads: heads.map(({ unprofiled }) => unprofiled),
    selection: report.search,
    mean: sources.mean,
    spectrum,
  });
}

type FittedProjection = ReturnType<typeof unwrapped>;
const unwrapped = (input: FitInput) => unwrap(fitProjection(input));

function answersOf(head: ReturnType<typeof compileHead>, { target }: PlantedProblem): number {
  const { probabilities } = classify(head, target.embeddings, target.classes.length);
  return accuracy(argmaxOfRows(probabilities, head.classCount), target.classes);
}

function plainAccuracy(problem: PlantedProblem): number {
  const { prototypes, logitScale } = problem.input;
  return answersOf(plainHead(prototypes, typical.dimension, logitScale), problem);
}

function oracleAccuracy(problem: PlantedProblem): number {
  const { dimension: d } = typical;
  const k = problem.oracle.length / d;
  const { prototypes, classCount, logitScale } = problem.input;
  const projected = Float32Array.from(
    product(prototypes, transposed(problem.oracle, k, d), [classCount, d, k]),
  );
  normaliseRows(projected, k);
  const head: FittedHead = {
    head: 'zero-shot',
    choice: 'fixed',
    centred: false,
    estimator: 'icm',
    dimension: k,
    logitScale,
    temperature: 1,
    projection: problem.oracle,
    prototypes: projected,
  };
  return answersOf(compileHead(head, d), problem);
}

function firstHead(fitted: FittedProjection): FittedHead {
  const [head] = fitted.heads;
  if (head === undefined) throw new Error('no head');
  return head;
}

function fittedAccuracy(problem: PlantedProblem, fitted: FittedProjection): number {
  return answersOf(compileHead(firstHead(fitted), typical.dimension, fitted.mean), problem);
}

const seeds = fc.integer({ min: 1, max: 1_000_000 });

describe('auto', () => {
  test('recovers at least 95 % of what an oracle gains over plain CLIP', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = plantedProblem({ ...typical, seed });
        const plain = plainAccuracy(problem);
        const oracle = oracleAccuracy(problem);
        const fitted = fittedAccuracy(problem, unwrap(fitProjection(problem.input)));
        expect(fitted - plain).toBeGreaterThanOrEqual(0.95 * (oracle - plain) - 1e-9);
      }),
      { seed: 21, numRuns: 25 },
    );
  });

  test('has something to recover in these problems', () => {
    const gaps = [1, 2, 3, 4, 5].map((seed) => {
      const problem = plantedProblem({ ...typical, seed });
      return oracleAccuracy(problem) - plainAccuracy(problem);
    });
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeGreaterThan(0.1);
  });

  test('is the identity where there is no nuisance', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = plantedProblem({ ...typical, nuisance: 0, seed });
        const fitted = unwrap(fitProjection(problem.input));
        expect(firstHead(fitted).estimator).toBe('identity');
        expect(fittedAccuracy(problem, fitted)).toBe(plainAccuracy(problem));
      }),
      { seed: 22, numRuns: 25 },
    );
  });

  test('answers every head asked for, the probe no worse than plain CLIP here', () => {
    const problem = plantedProblem(typical, { heads: ['zero-shot', 'probe', 'wise'] });
    const fitted = unwrap(fitProjection(problem.input));
    expect(fitted.heads.map(({ head }) => head)).toEqual(['zero-shot', 'probe', 'wise']);
    for (const head of fitted.heads) {
      const right = answersOf(compileHead(head, typical.dimension), problem);
      expect(right).toBeGreaterThanOrEqual(plainAccuracy(problem));
    }
    expect(fitted.heads[2]?.alpha).toBe(fitted.selection.heads[2]?.chosen.alpha);
  });

  test('gives the same table and arrays every time, in the contract’s shape', () => {
    const { input } = plantedProblem(typical, { heads: ['zero-shot', 'wise'] });
    const fitted = unwrap(fitProjection(input));
    expect(unwrap(fitProjection(input))).toEqual(fitted);
    expect(SelectionReport.parse(fitted.selection)).toEqual(fitted.selection);
    expect(fitted.selection).toMatchObject({
      mode: 'leave-one-environment-out',
      folds: input.environmentNames,
    });
  });

  test('shows what dimension alone does, and a score for every fold', () => {
    const { selection, spectrum } = unwrap(fitProjection(plantedProblem(typical).input));
    expect(selection.rows.some(({ estimator, lambda }) => estimator === 'icm' && lambda === 0)).toBe(true);
    expect(selection.rows.every(({ scores }) => scores.length === 4)).toBe(true);
    expect(spectrum).toHaveLength(typical.dimension);
    expect(spectrum).toEqual([...spectrum].sort((a, b) => b - a));
  });
});

describe('without classes or a second environment', () => {
  const unlabelled = (input: FitInput): FitInput => ({
    ...input,
    sample: {
      environments: input.sample.environments.map((environment) => ({
        ...environment,
        classes: environment.classes.map(() => -1),
      })),
    },
  });

  test('leaves interventions out and keeps the spread of the prototypes', () => {
    const single = plantedProblem({ ...typical, environmentCount: 1, perClass: 60 });
    for (const input of [single.input, unlabelled(plantedProblem(typical).input)]) {
      const { selection } = unwrap(fitProjection(input));
      expect(selection.mode).toBe('leave-one-intervention-out');
      expect(selection.folds).toEqual(input.interventionNames);
      const [chosen] = selection.heads.map((head) => head.chosen);
      expect(chosen?.spread).toBeGreaterThanOrEqual(0.9);
      expect(SelectionReport.parse(selection)).toEqual(selection);
    }
  });

  test('keeps the identity where there is nothing to leave out', () => {
    const { input } = plantedProblem({ ...typical, environmentCount: 1, interventionCount: 1 });
    const { selection, heads } = unwrap(fitProjection(input));
    expect(selection.folds).toEqual([]);
    expect(heads[0]).toMatchObject({ estimator: 'identity', temperature: 1 });
  });

  test('says that a probe needs classes', () => {
    const { input } = plantedProblem(typical, { heads: ['probe'] });
    expect(fitProjection(unlabelled(input))).toMatchObject({ ok: false, error: { code: 'too-few-samples' } });
  });
});

describe('what the caller fixes', () => {
  test('is what the fit has, scored beside the identity', () => {
    const options = { estimator: 'icm', lambda: 1, dimension: 20 } as const;
    const { heads, selection } = unwrap(fitProjection(plantedProblem(typical, options).input));
    expect(heads[0]).toMatchObject(options);
    expect(selection.mode).toBe('fixed');
    expect(selection.heads[0]?.chosen.scores).toHaveLength(4);
    expect(selection.heads[0]?.identity.scores).toHaveLength(4);
  });

  test('leaves the rest to the selection', () => {
    const soft = unwrap(fitProjection(plantedProblem(typical, { estimator: 'soft' }).input));
    expect(soft.heads[0]?.estimator).toBe('soft');
    const sized = unwrap(fitProjection(plantedProblem(typical, { dimension: 24 }).input));
    expect(
      sized.selection.rows.every(({ estimator, dimension }) => estimator === 'identity' || dimension === 24),
    ).toBe(true);
    const weighed = unwrap(fitProjection(plantedProblem(typical, { lambda: 3 }).input));
    expect(new Set(weighed.selection.rows.map(({ lambda }) => lambda))).toEqual(new Set([undefined, 0, 3]));
  });

  test('may be the identity: plain CLIP with a fitted temperature', () => {
    const problem = plantedProblem(typical, { estimator: 'identity' });
    const fitted = unwrap(fitProjection(problem.input));
    expect(fitted.selection.mode).toBe('fixed');
    expect(fittedAccuracy(problem, fitted)).toBe(plainAccuracy(problem));
    expect(firstHead(fitted).temperature).not.toBe(1);
  });

  test('cannot be a dimension that is not there', () => {
    expect(() => fitProjection(plantedProblem(typical, { dimension: 33 }).input)).toThrow(RangeError);
  });

  test('takes the means of both modalities out and keeps that of pictures', () => {
    const problem = plantedProblem(typical, { removeMean: true });
    const fitted = unwrap(fitProjection(problem.input));
    expect(fitted.mean).toHaveLength(typical.dimension);
    expect(fittedAccuracy(problem, fitted)).toBeGreaterThanOrEqual(plainAccuracy(problem));
  });
});

describe('interventions', () => {
  /** The problem with its last intervention showing every time the picture of another class. */
  function withHarmful(options: Partial<FitInput['options']> = {}): FitInput {
    const { input } = plantedProblem(typical, options);
    const { dimension, interventionCount } = input.statistics;
    const environments = input.sample.environments.map((environment) => {
      const embeddings = environment.pairs.embeddings.slice();
      for (let row = 0; row < environment.classes.length; row++) {
        const other = (row + 1) % environment.classes.length;
        const picture = environment.embeddings.subarray(other * dimension, (other + 1) * dimension);
        embeddings.set(picture, (row * interventionCount + interventionCount - 1) * dimension);
      }
      return { ...environment, pairs: { ...environment.pairs, embeddings } };
    });
    return { ...input, sample: { environments } };
  }

  test('that change the answer on more than half of the sources are reported and left out', () => {
    const { selection } = unwrap(fitProjection(withHarmful()));
    expect(selection.interventions.map(({ used }) => used)).toEqual([true, true, false]);
    expect(selection.interventions[2]?.flipRate).toBeGreaterThan(0.5);
  });

  test('stay where the caller insists', () => {
    const { selection } = unwrap(fitProjection(withHarmful({ keepHarmfulInterventions: true })));
    expect(selection.interventions.map(({ used }) => used)).toEqual([true, true, true]);
  });

  test('that changed nothing leave dimension alone to choose from', () => {
    const { input } = plantedProblem(typical);
    const statistics = {
      ...input.statistics,
      environments: input.statistics.environments.map((environment) => ({
        ...environment,
        pairs: environment.pairs.map((pairs) => ({
          ...pairs,
          count: 0,
          noOps: pairs.count,
          second: pairs.second.map(() => 0),
        })),
      })),
    };
    const { selection, spectrum } = unwrap(fitProjection({ ...input, statistics }));
    expect(new Set(selection.rows.map(({ estimator }) => estimator))).toEqual(new Set(['identity', 'icm']));
    expect(spectrum).toEqual([]);
    const fixed = { ...input, statistics, options: { ...defaultOptions, estimator: 'gevd' as const } };
    expect(fitProjection(fixed)).toMatchObject({ ok: false, error: { code: 'too-few-samples' } });
  });

  test('on text count as one more', () => {
    const { input } = plantedProblem(typical, { estimator: 'nap', dimension: 31 });
    const d = typical.dimension;
    const second = new Float64Array((d * (d + 1)) / 2);
    second[0] = 50;
    const { heads } = unwrap(fitProjection({ ...input, textPairs: { count: 1, noOps: 0, second } }));
    const removed = product(heads[0]?.projection ?? [], Float64Array.of(1, ...new Array(d - 1).fill(0)), [
      31,
      d,
      1,
    ]);
    expect(largestDifference(removed, new Float64Array(31))).toBeLessThan(0.05);
  });
});
