// Synthetic embeddings with a planted invariant subspace: content lives in one part of the space, and what environments and
// interventions change lives in another that the label texts have a foot in too, so that plain CLIP is misled by it.

import type { FitInput, FitOptions } from '#shared/math/fit/fit-input.ts';
import type { EnvironmentSample } from '#shared/math/fit/sample.ts';
import { addPairs, addPictures, emptyStatistics } from '#shared/math/fit/statistics.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { gaussian } from './random.ts';

export type Planted = {
  readonly dimension: number;
  readonly classCount: number;
  readonly environmentCount: number;
  readonly perClass: number;
  readonly interventionCount: number;
  /** Directions that environments and interventions move along; content has the others. */
  readonly nuisanceDimension: number;
  /** Length of an environment's and an intervention's shift beside content of length 1. */
  readonly nuisance: number;
  readonly seed: number;
  /** Pictures of a class in a source; default `perClass` everywhere. The target always has those. */
  readonly counts?: (environment: number, label: number) => number;
};

export const defaultOptions: FitOptions = {
  estimator: 'auto',
  lambda: 'auto',
  dimension: 'auto',
  shrinkage: 0.01,
  centred: false,
  removeMean: false,
  heads: ['zero-shot'],
  keepHarmfulInterventions: false,
};

export const typical: Planted = {
  dimension: 32,
  classCount: 6,
  environmentCount: 4,
  perClass: 20,
  interventionCount: 3,
  nuisanceDimension: 8,
  nuisance: 1.2,
  seed: 1,
};

type Environment = {
  readonly pictures: Float32Array;
  readonly classes: Int32Array;
  readonly intervened: Float32Array[];
};

export type PlantedProblem = {
  readonly input: FitInput;
  /** An environment that the fit has not seen. */
  readonly target: { readonly embeddings: Float32Array; readonly classes: Int32Array };
  /** Onto the content, [d − nuisanceDimension, d]. */
  readonly oracle: Float32Array;
};

export function plantedProblem(planted: Planted, options: Partial<FitOptions> = {}): PlantedProblem {
  const { dimension, classCount, environmentCount, interventionCount, nuisanceDimension } = planted;
  const next = gaussian(planted.seed);
  const contentDimension = dimension - nuisanceDimension;
  const concepts = Array.from({ length: classCount }, () => unit(contentDimension, next));
  const prototypes = Float32Array.from(
    concepts.flatMap((concept) => [
      ...concept,
      ...scaled(unit(nuisanceDimension, next), planted.nuisance === 0 ? 0 : 1),
    ]),
  );
  normaliseRows(prototypes, dimension);
  const environments = Array.from({ length: environmentCount + 1 }, (_, index) => {
    const { counts = () => planted.perClass } = planted;
    const isTarget = index === environmentCount;
    const numbers = concepts.map((_, label) => (isTarget ? planted.perClass : counts(index, label)));
    return drawEnvironment(planted, concepts, numbers, next);
  });
  const target = environments.pop();
  if (target === undefined) throw new Error('no environment');
  const statistics = emptyStatistics({ dimension, classCount, interventionCount, environmentCount });
  for (const [index, environment] of statistics.environments.entries()) {
    const drawn = environments[index];
    if (drawn === undefined) continue;
    addPictures(environment, drawn.pictures, drawn.classes);
    for (const [intervention, pairs] of environment.pairs.entries()) {
      addPairs(pairs, drawn.pictures, drawn.intervened[intervention] ?? drawn.pictures, dimension);
    }
  }
  const oracle = new Float32Array(contentDimension * dimension);
  for (let i = 0; i < contentDimension; i++) oracle[i * dimension + i] = 1;
  return {
    input: {
      statistics,
      sample: { environments: environments.map((drawn) => sampleOf(drawn, planted)) },
      environmentNames: environments.map((_, index) => `environment ${index}`),
      interventionNames: Array.from({ length: interventionCount }, (_, index) => `intervention ${index}`),
      prototypes,
      classCount,
      logitScale: 20,
      options: { ...defaultOptions, ...options },
    },
    target: { embeddings: target.pictures, classes: target.classes },
    oracle,
  };
}

function drawEnvironment(
  planted: Planted,
  concepts: readonly Float32Array[],
  counts: readonly number[],
  next: () => number,
): Environment {
  const { nuisanceDimension, nuisance, dimension, interventionCount } = planted;
  const shift = scaled(unit(nuisanceDimension, next), nuisance);
  const most = Math.max(...counts);
  const classes = Int32Array.from(
    Array.from({ length: most }, (_, turn) =>
      [...counts.keys()].filter((label) => turn < (counts[label] ?? 0)),
    ).flat(),
  );
  const contents = Array.from(classes, (index) =>
    (concepts[index] ?? new Float32Array(0)).map((value) => value + 0.08 * next()),
  );
  const rows = (shifts: () => Float32Array) => {
    const result = Float32Array.from(contents.flatMap((content) => [...content, ...shifts()]));
    normaliseRows(result, dimension);
    return result;
  };
  const own = contents.map(() => shift.map((value) => value + 0.3 * nuisance * next()));
  let row = 0;
  const pictures = rows(() => own[row++] ?? shift);
  const intervened = Array.from({ length: interventionCount }, () => {
    row = 0;
    return rows(() => (own[row++] ?? shift).map((value) => value + 0.5 * (nuisance || 0.02) * next()));
  });
  return { pictures, classes, intervened };
}

function sampleOf({ pictures, classes, intervened }: Environment, planted: Planted): EnvironmentSample {
  const { dimension, interventionCount } = planted;
  const count = classes.length;
  const embeddings = new Float32Array(count * interventionCount * dimension);
  for (let row = 0; row < count; row++) {
    for (const [index, rows] of intervened.entries()) {
      const at = (row * interventionCount + index) * dimension;
      embeddings.set(rows.subarray(row * dimension, (row + 1) * dimension), at);
    }
  }
  return {
    hashes: new Uint8Array(32 * count),
    classes,
    embeddings: pictures,
    pairs: {
      rows: Int32Array.from({ length: count }, (_, row) => row),
      present: new Uint8Array(count * interventionCount).fill(1),
      embeddings,
    },
  };
}

function unit(dimension: number, next: () => number): Float32Array {
  const vector = Float32Array.from({ length: dimension }, next);
  normaliseRows(vector, dimension);
  return vector;
}

function scaled(vector: Float32Array, factor: number): Float32Array {
  return vector.map((value) => factor * value);
}
