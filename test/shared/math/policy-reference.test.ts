// What `auto` does against a program of the same formulas in numpy, on embeddings of real pictures: every environment in turn the
// target.

import { describe, expect, test } from 'vitest';
import { FitReport } from '#shared/contracts/fit-report.ts';
import type { ModeChoice, ModeName } from '#shared/math/answer/fitted-head.ts';
import { targetMean } from '#shared/math/answer/profile.ts';
import { accuracy } from '#shared/math/answer/scores.ts';
import { approachOf } from '#shared/math/fit/automatic.ts';
import { CentredAnswers } from '#shared/math/fit/centred-answers.ts';
import { fitProjection } from '#shared/math/fit/fit.ts';
import { countFlips, keptInterventions } from '#shared/math/fit/flips.ts';
import { buildHead, probeTrainer } from '#shared/math/fit/head-builder.ts';
import { sourcesOf } from '#shared/math/fit/policy-projections.ts';
import { solveChoice } from '#shared/math/fit/projected.ts';
import { meanOfRows } from '#shared/math/linear/vector.ts';
import { type PolicyFixture, policyInput, readPolicyFixture, splitTarget } from './policy-fixture.ts';
import { unwrap } from './random.ts';

const candidates: readonly (readonly [string, ModeChoice, ModeName])[] = [
  ['plain', 'plain', 'profiled'],
  ['a p', 'centred', 'profiled'],
  ['a u', 'centred', 'unprofiled'],
  ['b p', 'edits', 'profiled'],
  ['b u', 'edits', 'unprofiled'],
  ["b' p", 'environments', 'profiled'],
  ["b' u", 'environments', 'unprofiled'],
  ['c', 'dimension', 'profiled'],
];

/** Accuracy, %, of every candidate on the pictures of the target that are not in its batch. */
function candidateAccuracies(fixture: PolicyFixture, target: number): Record<string, number> {
  const others = [...fixture.environments.keys()].filter((index) => index !== target);
  const input = policyInput(fixture, others);
  const all = [...others.keys()];
  const sources = sourcesOf(input, all, keptInterventions(input, countFlips(input), all));
  const { batch, scored } = splitTarget(fixture, target);
  const reference = Float32Array.from(sources.means.mean);
  const sum = meanOfRows(batch.embeddings, fixture.d).map((value) => value * batch.classes.length);
  const mean = targetMean({ pictures: batch.classes.length, sum: Float64Array.from(sum) }, reference);
  return Object.fromEntries(
    candidates.map(([name, choice, mode]) => {
      const approach = approachOf(choice, mode);
      const head = unwrap(
        buildHead(
          'zero-shot',
          approach,
          unwrap(solveChoice(sources, choice)),
          sources,
          probeTrainer(sources),
        ),
      );
      const centre = { none: undefined, common: reference, own: mean }[approach.centre];
      const answers = new CentredAnswers(head, scored.embeddings, fixture.d).answers(centre);
      return [name, 100 * accuracy(answers, scored.classes)];
    }),
  );
}

describe.each(['cifar-corrupted', 'emoji'])('on %s', (name) => {
  const fixture = readPolicyFixture(name);

  test('every candidate answers the fixed batch’s target as the reference does, to two pictures', () => {
    const sums: Record<string, number> = {};
    for (const [target, expected] of fixture.expected.targets.entries()) {
      const ours = candidateAccuracies(fixture, target);
      const picture = 100 / splitTarget(fixture, target).scored.classes.length;
      for (const [candidate, value] of Object.entries(ours)) {
        const difference = Math.abs(value - (expected.accuracy[candidate] ?? Number.NaN));
        expect(difference, `${candidate} on ${expected.target}`).toBeLessThan(2 * picture + 0.01);
        sums[candidate] = (sums[candidate] ?? 0) + value / fixture.environments.length;
      }
    }
    for (const [candidate, mean] of Object.entries(fixture.expected.mean)) {
      expect(Math.abs((sums[candidate] ?? Number.NaN) - mean), candidate).toBeLessThan(0.7);
    }
  });

  test('a choice that the reference makes too has its estimate, within what other draws change', () => {
    let agreed = 0;
    for (const [target, expected] of fixture.expected.targets.slice(0, 4).entries()) {
      const others = [...fixture.environments.keys()].filter((index) => index !== target);
      const { report } = unwrap(fitProjection(policyInput(fixture, others)));
      expect(FitReport.parse(report)).toEqual(report);
      for (const mode of ['profiled', 'unprofiled'] as const) {
        const ours = report.heads[0]?.[mode];
        if (ours?.choice !== expected[mode].choice) continue;
        agreed++;
        expect(Math.abs(100 * (ours.estimate?.gain ?? Number.NaN) - expected[mode].estimate)).toBeLessThan(
          1.5,
        );
      }
    }
    // What differs are candidates within a hair of each other.
    expect(agreed).toBeGreaterThanOrEqual(5);
  });
});
