import { describe, expect, test } from 'vitest';
import { FitReport } from '#shared/contracts/fit-report.ts';
import { classify } from '#shared/math/answer/classify.ts';
import { centreOf, compileHead, plainHead } from '#shared/math/answer/compiled-head.ts';
import { targetMean } from '#shared/math/answer/profile.ts';
import { fitProjection } from '#shared/math/fit/fit.ts';
import type { FitInput, FittedProjection } from '#shared/math/fit/fit-input.ts';
import { argmaxOfRows, meanOfRows } from '#shared/math/linear/vector.ts';
import { fc } from '../../support/properties.ts';
import { type PlantedProblem, plantedProblem, typical } from './planted.ts';
import { policyInput, readPolicyFixture } from './policy-fixture.ts';
import { largestDifference, product, unwrap } from './random.ts';

const { dimension: d } = typical;
const batchSize = 32;

const plainOf = ({ input, target }: PlantedProblem) => {
  const head = plainHead(input.prototypes, d, input.logitScale);
  return answered(head, target.embeddings.subarray(batchSize * d));
};

function answered(
  head: ReturnType<typeof compileHead>,
  rows: Float32Array,
  centre?: Float32Array,
): Int32Array {
  const { probabilities } = classify(head, rows, rows.length / d, centre);
  return argmaxOfRows(probabilities, head.classCount);
}

/** Answers on the target less its first 32 pictures, which are the profile's. */
function fittedAnswers(
  { target }: PlantedProblem,
  fitted: FittedProjection,
  mode: 'profiled' | 'unprofiled',
  at = 0,
) {
  const head = fitted.heads[at]?.[mode];
  if (head === undefined) throw new Error('no head');
  const compiled = compileHead(head, d, fitted.sources.mean);
  const rows = target.embeddings.subarray(batchSize * d);
  if (mode === 'unprofiled' || !head.centred) return answered(compiled, rows);
  const sum = meanOfRows(target.embeddings.subarray(0, batchSize * d), d).map((value) => batchSize * value);
  const mean = targetMean({ pictures: batchSize, sum: Float64Array.from(sum) }, fitted.sources.mean);
  return answered(compiled, rows, centreOf(compiled, mean));
}

/** Share right, of the answers less those of plain CLIP, with the standard error over pictures. */
function gainOver(problem: PlantedProblem, answers: Int32Array, plain = plainOf(problem)) {
  const classes = problem.target.classes.subarray(batchSize);
  const differences = Array.from(
    classes,
    (label, row) => Number(answers[row] === label) - Number(plain[row] === label),
  );
  const gain = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - gain) ** 2, 0);
  return { gain, error: Math.sqrt(squares / (differences.length - 1) / differences.length) };
}

const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);

describe('auto', () => {
  test('gains much with a profile where environments move pictures, and says about how much', () => {
    const gains = seeds.map((seed) => {
      const problem = plantedProblem({ ...typical, seed });
      const fitted = unwrap(fitProjection(problem.input));
      const told = fitted.report.heads[0]?.profiled.estimate?.gain ?? Number.NaN;
      return { told, true: gainOver(problem, fittedAnswers(problem, fitted, 'profiled')).gain };
    });
    const mean = (read: (gain: { told: number; true: number }) => number) =>
      gains.reduce((sum, gain) => sum + read(gain), 0) / gains.length;
    expect(mean((gain) => gain.true)).toBeGreaterThan(0.1);
    expect(Math.abs(mean((gain) => gain.told - gain.true))).toBeLessThan(0.05);
  });

  test('answers every head asked for in both modes', () => {
    const problem = plantedProblem(typical, { heads: ['zero-shot', 'probe', 'wise'] });
    const { heads, report } = unwrap(fitProjection(problem.input));
    expect(heads.map(({ head }) => head)).toEqual(['zero-shot', 'probe', 'wise']);
    expect(report.heads.map(({ unprofiled }) => unprofiled.choice).slice(1)).toEqual(['plain', 'plain']);
    expect(heads[2]?.profiled?.alpha).toBe(0.5);
    for (const { profiled, unprofiled } of heads) {
      if (profiled?.choice !== unprofiled.choice) continue;
      expect(profiled.prototypes).toBe(unprofiled.prototypes);
    }
  });

  test('gives the same report and arrays every time, in the contract’s shape', () => {
    const { input } = plantedProblem(typical, { heads: ['zero-shot', 'wise'] });
    const fitted = unwrap(fitProjection(input));
    expect(unwrap(fitProjection(input))).toEqual(fitted);
    expect(FitReport.parse(fitted.report)).toEqual(fitted.report);
    expect(fitted.report.search).toBeUndefined();
    expect(fitted.report.sources.map(({ name }) => name)).toEqual(input.environmentNames);
    expect(fitted.report.edits?.pictureError).toBeGreaterThan(0);
    expect(fitted.spectrum).toHaveLength(d);
    expect(fitted.spectrum).toEqual([...fitted.spectrum].sort((a, b) => b - a));
  });

  test('does not depend on the order of pictures', () => {
    const fixture = readPolicyFixture('cifar-corrupted');
    const order = [...fixture.env.keys()].reverse();
    const sources = [0, 1, 2, 3];
    const [a, b] = [undefined, order].map((one) =>
      unwrap(fitProjection(policyInput(fixture, sources, {}, one))),
    );
    const rounded = (fitted: FittedProjection | undefined) =>
      JSON.stringify(fitted?.report, (_, value) =>
        typeof value === 'number' ? Number(value.toFixed(6)) : value,
      );
    expect(rounded(a)).toBe(rounded(b));
    expect(largestDifference(a?.sources.means ?? [], b?.sources.means ?? [])).toBeLessThan(1e-6);
  });

  test('holds of every source what drift is measured against', () => {
    const { input } = plantedProblem(typical, { estimator: 'gevd', dimension: 12 });
    const { sources, variances, heads } = unwrap(fitProjection(input));
    const ofProjection = variances.get(heads[0]?.unprofiled.projection);
    const plain = unwrap(
      fitProjection(plantedProblem(typical, { estimator: 'identity' }).input),
    ).variances.get(undefined);
    for (const [index, trace] of sources.traces.entries()) {
      const along = plain?.slice(index * d, (index + 1) * d).reduce((sum, value) => sum + value, 0) ?? 0;
      expect(along / trace).toBeCloseTo(1);
      // The rows of gevd are no basis, but their complement is orthonormal.
      const rest =
        ofProjection?.slice(index * d + 12, (index + 1) * d).reduce((sum, value) => sum + value, 0) ?? 0;
      expect(rest).toBeGreaterThan(0);
      expect(rest).toBeLessThan(trace);
    }
    const nap = unwrap(fitProjection(plantedProblem(typical, { estimator: 'nap', dimension: 20 }).input));
    const all = nap.variances.get(nap.heads[0]?.profiled?.projection);
    expect(
      (all?.slice(0, d).reduce((sum, value) => sum + value, 0) ?? 0) / (nap.sources.traces[0] ?? 1),
    ).toBeCloseTo(1);
  });
});

const unlabelled = (input: FitInput): FitInput => ({
  ...input,
  statistics: {
    ...input.statistics,
    environments: input.statistics.environments.map((environment) => ({
      ...environment,
      classCounts: environment.classCounts.map(() => 0),
      classSums: environment.classSums.map(() => 0),
    })),
  },
  sample: {
    environments: input.sample.environments.map((environment) => ({
      ...environment,
      classes: environment.classes.map(() => -1),
    })),
  },
});

describe('hard sources', () => {
  const cases: readonly (readonly [string, (seed: number) => PlantedProblem])[] = [
    ['no nuisance', (seed) => plantedProblem({ ...typical, nuisance: 0, seed })],
    ['one source', (seed) => plantedProblem({ ...typical, environmentCount: 1, perClass: 40, seed })],
    ['two sources', (seed) => plantedProblem({ ...typical, environmentCount: 2, seed })],
    [
      'sources of one class each',
      (seed) => plantedProblem({ ...typical, seed, counts: (e, c) => (e === c ? 40 : 0) }),
    ],
    [
      'sources of one class, the same',
      (seed) => plantedProblem({ ...typical, seed, counts: (_, c) => (c === 0 ? 40 : 0) }),
    ],
    [
      'unbalanced sources',
      (seed) => plantedProblem({ ...typical, seed, counts: (e, c) => ((e + c) % 3 === 0 ? 40 : 4) }),
    ],
    ['few pictures', (seed) => plantedProblem({ ...typical, seed, counts: () => 2 })],
    [
      'a class missing in one environment',
      (seed) => plantedProblem({ ...typical, seed, counts: (e, c) => (e === 0 && c === 0 ? 0 : 20) }),
    ],
    [
      'no labels',
      (seed) => {
        const problem = plantedProblem({ ...typical, seed });
        return { ...problem, input: unlabelled(problem.input) };
      },
    ],
  ];

  test.each(cases)('%s: harm by more than one standard error at most once in ten', (_, makeProblem) => {
    const harmed = { profiled: 0, unprofiled: 0 };
    for (const seed of seeds) {
      const problem = makeProblem(seed);
      const fitted = unwrap(fitProjection(problem.input));
      for (const mode of ['profiled', 'unprofiled'] as const) {
        const { gain, error } = gainOver(problem, fittedAnswers(problem, fitted, mode));
        if (gain < -error) harmed[mode]++;
      }
    }
    expect(harmed.profiled).toBeLessThanOrEqual(seeds.length / 10);
    expect(harmed.unprofiled).toBeLessThanOrEqual(seeds.length / 10);
  });

  const learnable = cases.filter(([name]) => !name.includes('one class') && name !== 'no labels');

  test.each(learnable)('%s: nor is a probe harmed by a profile', (_, makeProblem) => {
    let harmed = 0;
    for (const seed of seeds.slice(0, 10)) {
      const problem = makeProblem(seed);
      const options = { ...problem.input.options, heads: ['probe'] as const };
      const fitted = unwrap(fitProjection({ ...problem.input, options }));
      const plain = fittedAnswers(problem, fitted, 'unprofiled');
      const { gain, error } = gainOver(problem, fittedAnswers(problem, fitted, 'profiled'), plain);
      if (gain < -error) harmed++;
    }
    expect(harmed).toBeLessThanOrEqual(1);
  });

  const reportOf = (input: FitInput) => unwrap(fitProjection(input)).report.heads[0];

  test('one source is plain without a profile, shows no estimate and is centred with one where that helps itself', () => {
    const report = reportOf(plantedProblem({ ...typical, environmentCount: 1, perClass: 40 }).input);
    expect(report?.unprofiled).toMatchObject({ choice: 'plain', temperature: 1 });
    expect(report?.unprofiled.reason).toContain('one labelled source');
    expect(report?.profiled.estimate).toBeUndefined();
    expect(report?.profiled.choice).toBe('centred');
    expect(report?.candidates).toEqual([]);
  });

  test('without labels a profile centres, untested; without one it is plain CLIP', () => {
    const report = reportOf(unlabelled(plantedProblem(typical).input));
    expect(report?.profiled).toMatchObject({ choice: 'centred', temperature: 1 });
    expect(report?.profiled.reason).toContain('untested');
    expect(report?.unprofiled.choice).toBe('plain');
    const probe = unlabelled(plantedProblem(typical, { heads: ['probe'] }).input);
    expect(fitProjection(probe)).toMatchObject({ ok: false, error: { code: 'too-few-samples' } });
  });

  test('sources that share no class are plain, and that is why', () => {
    const { input } = plantedProblem({ ...typical, counts: (e, c) => (e === c ? 40 : 0) });
    const report = reportOf(input);
    expect([report?.profiled.choice, report?.unprofiled.choice]).toEqual(['plain', 'plain']);
    expect(report?.profiled.reason).toContain('shared classes');
  });

  test('a model that does not know the classes stays plain zero-shot, and a probe still learns', () => {
    const { input } = plantedProblem(typical, { heads: ['zero-shot', 'probe'] });
    const other = plantedProblem({ ...typical, seed: 99 }).input.prototypes;
    const { heads } = unwrap(fitProjection({ ...input, prototypes: other })).report;
    expect(heads[0]?.profiled.choice).toBe('plain');
    expect(heads[0]?.profiled.reason).toContain('does not know these classes');
    expect(heads[1]?.profiled.estimate?.accuracy).toBeGreaterThan(0.5);
  });

  test('one label is never centred', () => {
    const { input } = plantedProblem({ ...typical, classCount: 1 });
    const { heads } = unwrap(fitProjection(input));
    expect(heads[0]?.profiled?.centred).toBe(false);
    const fixed = unwrap(
      fitProjection(plantedProblem({ ...typical, classCount: 1 }, { estimator: 'identity' }).input),
    );
    expect(fixed.heads[0]?.profiled?.centred).toBe(false);
  });

  test('a source of which under half is labelled enters means alone', () => {
    const { input } = plantedProblem(typical);
    const [first, ...rest] = input.statistics.environments;
    if (first === undefined) throw new Error('no environment');
    const half = { ...first, classCounts: first.classCounts.map((count) => Math.floor(count * 0.4)) };
    const { report } = unwrap(
      fitProjection({ ...input, statistics: { ...input.statistics, environments: [half, ...rest] } }),
    );
    expect(report.sources.map(({ role }) => role)).toEqual([
      'mean-only',
      'estimated',
      'estimated',
      'estimated',
    ]);
    expect(report.heads[0]?.profiled.estimate?.sources).toHaveLength(3);
  });

  test('fewer than three sources choose between plain CLIP and centring with a profile, nothing without', () => {
    const report = reportOf(plantedProblem({ ...typical, environmentCount: 2 }).input);
    expect(report?.candidates.map(({ mode, choice }) => [mode, choice])).toEqual([['profiled', 'centred']]);
    expect(report?.unprofiled.choice).toBe('plain');
    expect(report?.unprofiled.reason).toContain('three labelled sources');
  });
});

describe('a reason', () => {
  test('never calls a gain what is within its error', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom(0, 0.15, 0.4), (seed, nuisance) => {
        const { input } = plantedProblem({ ...typical, perClass: 8, nuisance, seed });
        for (const head of unwrap(fitProjection(input)).report.heads) {
          for (const mode of [head.profiled, head.unprofiled]) {
            const { estimate, choice, reason } = mode;
            if (estimate === undefined || choice === 'plain') continue;
            if (choice === 'centred' && estimate.gain <= estimate.pictureError) {
              expect(reason).toContain('within its error');
            }
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('what the caller fixes', () => {
  test('is what both modes have, estimated like any choice', () => {
    const options = { estimator: 'icm', lambda: 1, dimension: 20 } as const;
    const { heads, report } = unwrap(fitProjection(plantedProblem(typical, options).input));
    expect(heads[0]?.unprofiled).toMatchObject({ ...options, choice: 'fixed', centred: false });
    expect(heads[0]?.profiled).toMatchObject({ ...options, choice: 'fixed', centred: true });
    expect(heads[0]?.profiled?.projection).toBe(heads[0]?.unprofiled.projection);
    expect(report.search).toBeUndefined();
    for (const mode of ['profiled', 'unprofiled'] as const) {
      expect(report.heads[0]?.[mode].estimate?.sources).toHaveLength(4);
      expect(report.heads[0]?.[mode].reason).toContain('Fixed by the caller');
    }
  });

  test('leaves the rest to a search, whose table is shown', () => {
    const soft = unwrap(fitProjection(plantedProblem(typical, { estimator: 'soft' }).input));
    expect(soft.heads[0]?.unprofiled.estimator).toBe('soft');
    expect(soft.report.search?.mode).toBe('leave-one-environment-out');
    const weighed = unwrap(fitProjection(plantedProblem(typical, { lambda: 3 }).input));
    expect(weighed.heads[0]?.unprofiled).toMatchObject({ estimator: 'icm', lambda: 3 });
    expect(new Set(weighed.report.search?.rows.map(({ lambda }) => lambda))).toEqual(
      new Set([undefined, 0, 3]),
    );
    const sized = unwrap(fitProjection(plantedProblem(typical, { dimension: 24 }).input));
    expect(sized.heads[0]?.profiled).toMatchObject({ estimator: 'icm', dimension: 24 });
  });

  test('is searched for by leaving interventions out where there are no labels', () => {
    const input = unlabelled(plantedProblem(typical, { estimator: 'icm' }).input);
    const { search, heads } = unwrap(fitProjection(input)).report;
    expect(search?.mode).toBe('leave-one-intervention-out');
    expect(search?.folds).toEqual(input.interventionNames);
    expect(search?.heads[0]?.chosen.spread).toBeGreaterThanOrEqual(0.9);
    expect(heads[0]?.unprofiled.estimate).toBeUndefined();
  });

  test('may be the identity: plain CLIP with a fitted temperature, centred with a profile', () => {
    const problem = plantedProblem(typical, { estimator: 'identity' });
    const fitted = unwrap(fitProjection(problem.input));
    expect(fittedAnswers(problem, fitted, 'unprofiled')).toEqual(plainOf(problem));
    expect(fitted.heads[0]?.unprofiled.temperature).not.toBe(1);
    expect(fitted.heads[0]?.profiled?.centred).toBe(true);
  });

  test('cannot be a dimension that is not there', () => {
    expect(() => fitProjection(plantedProblem(typical, { dimension: 33 }).input)).toThrow(RangeError);
  });

  test('takes the means of both modalities out without a profile too, where asked', () => {
    const options = { estimator: 'icm', lambda: 0.1, dimension: 24 } as const;
    const problem = plantedProblem(typical, { ...options, removeMean: true });
    const fitted = unwrap(fitProjection(problem.input));
    const [head] = fitted.heads;
    expect(head?.unprofiled.centred).toBe(true);
    expect(head?.unprofiled.prototypes).toBe(head?.profiled?.prototypes);
    const without = plantedProblem(typical, options);
    const kept = fittedAnswers(without, unwrap(fitProjection(without.input)), 'unprofiled');
    expect(fittedAnswers(problem, fitted, 'unprofiled')).not.toEqual(kept);
  });

  test('needs pairs, where the estimator does', () => {
    const { input } = plantedProblem(typical, { estimator: 'gevd' });
    const environments = input.statistics.environments.map((environment) => ({
      ...environment,
      pairs: environment.pairs.map(({ count, second }) => ({
        count: 0,
        noOps: count,
        second: second.map(() => 0),
      })),
    }));
    const without = { ...input, statistics: { ...input.statistics, environments } };
    expect(fitProjection(without)).toMatchObject({ ok: false, error: { code: 'too-few-samples' } });
    const { report, spectrum } = unwrap(
      fitProjection({ ...without, options: { ...input.options, estimator: 'auto' } }),
    );
    expect(report.heads[0]?.candidates.map(({ choice }) => choice)).not.toContain('edits');
    expect(report.heads[0]?.candidates.map(({ choice }) => choice)).toContain('environments');
    expect(spectrum).toEqual([]);
    expect(report.edits).toBeUndefined();
  });

  test('counts pairs of captions as one intervention more', () => {
    const { input } = plantedProblem(typical, { estimator: 'nap', dimension: 31 });
    const second = new Float64Array((d * (d + 1)) / 2);
    second[0] = 50;
    const { heads } = unwrap(fitProjection({ ...input, textPairs: { count: 1, noOps: 0, second } }));
    const axis = Float64Array.of(1, ...new Array(d - 1).fill(0));
    const kept = product(heads[0]?.unprofiled.projection ?? [], axis, [31, d, 1]);
    expect(largestDifference(kept, new Float64Array(31))).toBeLessThan(0.05);
  });
});
