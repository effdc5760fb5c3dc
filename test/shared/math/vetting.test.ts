// Interventions judged by plain CLIP's answers and by a probe, on pictures made for the purpose.

import { describe, expect, test } from 'vitest';
import { fitProjection } from '#shared/math/fit/fit.ts';
import type { FitInput } from '#shared/math/fit/fit-input.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { plantedProblem, typical } from './planted.ts';
import { unwrap } from './random.ts';

const { dimension, interventionCount } = typical;
const last = interventionCount - 1;

/** The last intervention replaced by what `edit` makes of each picture. */
function withIntervention(
  options: Partial<FitInput['options']>,
  edit: (picture: Float32Array, row: number, all: Float32Array) => Float32Array,
): FitInput {
  const { input } = plantedProblem(typical, options);
  const environments = input.sample.environments.map((environment) => {
    const embeddings = environment.pairs.embeddings.slice();
    for (let row = 0; row < environment.classes.length; row++) {
      const picture = environment.embeddings.slice(row * dimension, (row + 1) * dimension);
      const made = edit(picture, row, environment.embeddings);
      normaliseRows(made, dimension);
      embeddings.set(made, (row * interventionCount + last) * dimension);
    }
    return { ...environment, pairs: { ...environment.pairs, embeddings } };
  });
  return { ...input, sample: { environments } };
}

/** Shows every time the next picture, of another class. */
const another = (_: Float32Array, row: number, all: Float32Array) => {
  const other = (row + 1) % (all.length / dimension);
  return all.slice(other * dimension, (other + 1) * dimension);
};

describe('under auto', () => {
  test('an intervention that changes most answers is reported and left out', () => {
    const { interventions, warnings } = unwrap(fitProjection(withIntervention({}, another))).report;
    expect(interventions.map(({ used }) => used)).toEqual([true, true, false]);
    expect(interventions[last]?.flipRate).toBeGreaterThan(0.5);
    expect(interventions[last]?.probe?.after).toBeLessThan(0.3);
    expect(interventions[0]?.probe?.before).toBeGreaterThan(0.7);
    expect(warnings.length).toBeLessThanOrEqual(1);
  });

  test('it stays where the caller insists', () => {
    const input = withIntervention({ keepHarmfulInterventions: true }, another);
    expect(unwrap(fitProjection(input)).report.interventions.map(({ used }) => used)).toEqual([
      true,
      true,
      true,
    ]);
  });
});

/** Two labels that texts tell apart by almost nothing, pictures by one axis that the last intervention wipes out. */
function ripeness(options: Partial<FitInput['options']>): FitInput {
  const input = withIntervention(options, (picture) => {
    picture[0] = 0;
    return picture;
  });
  const environments = input.sample.environments.map((environment) => {
    const classes = environment.classes.map((_, row) => Math.floor(row / typical.classCount) % 2);
    const embeddings = environment.embeddings.slice();
    const edited = environment.pairs.embeddings.slice();
    for (const [row, label] of classes.entries()) {
      const shift = label === 0 ? 0.15 : -0.15;
      embeddings[row * dimension] = shift;
      for (let at = 0; at < interventionCount; at++) {
        edited[(row * interventionCount + at) * dimension] = at === last ? 0 : shift;
      }
    }
    normaliseRows(embeddings, dimension);
    normaliseRows(edited, dimension);
    return { ...environment, classes, embeddings, pairs: { ...environment.pairs, embeddings: edited } };
  });
  const prototypes = input.prototypes.slice(0, 2 * dimension);
  return { ...input, sample: { environments }, prototypes, classCount: 2 };
}

describe('classes told apart by what an intervention changes', () => {
  test('are warned of, though plain CLIP’s answers hardly flip', () => {
    const { interventions, warnings } = unwrap(fitProjection(ripeness({}))).report;
    expect(interventions[last]?.flipRate).toBeLessThan(0.2);
    expect(interventions[last]?.probe?.before).toBeGreaterThan(0.9);
    expect(interventions[last]?.probe?.after).toBeLessThan(0.7);
    expect(warnings).toEqual([expect.stringContaining('intervention 2 changes')]);
    expect(interventions[last]?.used).toBe(true);
  });

  test('keep that intervention out of a fixed estimator', () => {
    const { interventions } = unwrap(fitProjection(ripeness({ estimator: 'nap', dimension: 30 }))).report;
    expect(interventions.map(({ used }) => used)).toEqual([true, true, false]);
  });
});
