// Everything a fit needs of a set of pictures, as sums: shards merge by addition, and a shard taken away subtracts.
//
// Per environment: n, Σx, Σxxᵀ and per class n_c, Σx; per environment and intervention: the number of pairs and Σδδᵀ with
// δ = x − x~. Embeddings are unit-normalised float32; sums are float64. The averages a solver wants are in moments.ts.

import { checkLength } from '../check-length.ts';
import { addGram, addScaled, packedLength } from '../linear/packed.ts';

export type PairStatistics = {
  /** Pairs whose intervention changed the embedding. */
  count: number;
  /** Pairs with δ = 0: the intervention left the picture as it was. In no sum. */
  noOps: number;
  /** Σδδᵀ, packed. */
  readonly second: Float64Array;
};

export type EnvironmentStatistics = {
  count: number;
  /** Σx [d]. */
  readonly sum: Float64Array;
  /** Σxxᵀ, packed. */
  readonly second: Float64Array;
  /** Pictures of each class [c]; those without one are in none. */
  readonly classCounts: Float64Array;
  /** Σx of each class [c, d]. */
  readonly classSums: Float64Array;
  /** One for each intervention. */
  readonly pairs: readonly PairStatistics[];
};

export type Statistics = {
  readonly dimension: number;
  readonly classCount: number;
  readonly interventionCount: number;
  readonly environments: readonly EnvironmentStatistics[];
};

export type StatisticsShape = {
  readonly dimension: number;
  readonly classCount: number;
  readonly interventionCount: number;
  readonly environmentCount: number;
};

export function emptyStatistics(shape: StatisticsShape): Statistics {
  const { dimension, classCount, interventionCount, environmentCount } = shape;
  return {
    dimension,
    classCount,
    interventionCount,
    environments: Array.from({ length: environmentCount }, () => emptyEnvironment(shape)),
  };
}

function emptyEnvironment({
  dimension,
  classCount,
  interventionCount,
}: StatisticsShape): EnvironmentStatistics {
  return {
    count: 0,
    sum: new Float64Array(dimension),
    second: new Float64Array(packedLength(dimension)),
    classCounts: new Float64Array(classCount),
    classSums: new Float64Array(classCount * dimension),
    pairs: Array.from({ length: interventionCount }, () => ({
      count: 0,
      noOps: 0,
      second: new Float64Array(packedLength(dimension)),
    })),
  };
}

/**
 * Adds pictures of one environment in place: `embeddings` [n, d] with unit rows, `classes` [n] with -1 for none.
 */
export function addPictures(
  environment: EnvironmentStatistics,
  embeddings: Float32Array,
  classes: Int32Array,
): void {
  const dimension = environment.sum.length;
  checkLength('embeddings', embeddings, classes.length * dimension);
  environment.count += classes.length;
  addGram(environment.second, embeddings, dimension);
  for (let row = 0; row < classes.length; row++) {
    const embedding = embeddings.subarray(row * dimension, (row + 1) * dimension);
    addScaled(environment.sum, embedding, 1);
    const index = classes[row] as number;
    if (index < 0) continue;
    if (index >= environment.classCounts.length) throw new RangeError(`there is no class ${index}`);
    environment.classCounts[index] = (environment.classCounts[index] as number) + 1;
    addScaled(environment.classSums.subarray(index * dimension, (index + 1) * dimension), embedding, 1);
  }
}

/** Adds pairs of one environment and intervention in place: both [n, d] with unit rows, row by row the same picture. */
export function addPairs(
  pairs: PairStatistics,
  pictures: Float32Array,
  intervened: Float32Array,
  dimension: number,
): void {
  checkLength('intervened embeddings', intervened, pictures.length);
  const differences = new Float64Array(pictures.length);
  let kept = 0;
  for (let start = 0; start < pictures.length; start += dimension) {
    let moved = false;
    for (let i = 0; i < dimension; i++) {
      const difference = (pictures[start + i] as number) - (intervened[start + i] as number);
      differences[kept * dimension + i] = difference;
      if (difference !== 0) moved = true;
    }
    if (moved) kept++;
    else pairs.noOps++;
  }
  pairs.count += kept;
  addGram(pairs.second, differences.subarray(0, kept * dimension), dimension);
}

/** a + b. Both have the same classes, environments and interventions in the same order (see reindexStatistics). */
export function mergeStatistics(a: Statistics, b: Statistics): Statistics {
  return combine(a, b, 1);
}

/** a − b: what is left of `a` when the pictures of `b`, which were part of it, are taken away. */
export function subtractStatistics(a: Statistics, b: Statistics): Statistics {
  return combine(a, b, -1);
}

function combine(a: Statistics, b: Statistics, factor: 1 | -1): Statistics {
  checkLength('environments', b.environments, a.environments.length);
  const environments = a.environments.map(copyOf);
  for (const [index, target] of environments.entries()) {
    addEnvironment(target, b.environments[index] as EnvironmentStatistics, factor);
  }
  return { ...a, environments };
}

function copyOf({ sum, second, classCounts, classSums, pairs, ...rest }: EnvironmentStatistics) {
  return {
    ...rest,
    sum: sum.slice(),
    second: second.slice(),
    classCounts: classCounts.slice(),
    classSums: classSums.slice(),
    pairs: pairs.map((pair) => ({ ...pair, second: pair.second.slice() })),
  };
}

function addEnvironment(target: EnvironmentStatistics, source: EnvironmentStatistics, factor: number): void {
  checkLength('interventions', source.pairs, target.pairs.length);
  target.count += factor * source.count;
  addScaled(target.sum, source.sum, factor);
  addScaled(target.second, source.second, factor);
  addScaled(target.classCounts, source.classCounts, factor);
  addScaled(target.classSums, source.classSums, factor);
  for (const [index, pairs] of target.pairs.entries()) {
    const other = source.pairs[index] as PairStatistics;
    pairs.count += factor * other.count;
    pairs.noOps += factor * other.noOps;
    addScaled(pairs.second, other.second, factor);
  }
}

/**
 * The same sums under other lists of environments and classes, so that statistics of two datasets can be merged:
 * `environments[e]` and `classes[c]` say where each goes (classes of equal target add up).
 */
export function reindexStatistics(
  statistics: Statistics,
  target: {
    readonly environments: readonly number[];
    readonly environmentCount: number;
    readonly classes: readonly number[];
    readonly classCount: number;
  },
): Statistics {
  const { dimension, interventionCount } = statistics;
  const result = emptyStatistics({ ...target, dimension, interventionCount });
  for (const [index, source] of statistics.environments.entries()) {
    const environment = result.environments[target.environments[index] ?? -1];
    if (environment === undefined) throw new RangeError(`environment ${index} goes nowhere`);
    addEnvironment(environment, { ...source, ...reindexClasses(source, dimension, target) }, 1);
  }
  return result;
}

function reindexClasses(
  source: EnvironmentStatistics,
  dimension: number,
  { classes, classCount }: { readonly classes: readonly number[]; readonly classCount: number },
): Pick<EnvironmentStatistics, 'classCounts' | 'classSums'> {
  const classCounts = new Float64Array(classCount);
  const classSums = new Float64Array(classCount * dimension);
  for (let index = 0; index < source.classCounts.length; index++) {
    const to = classes[index] ?? -1;
    if (to < 0 || to >= classCount) throw new RangeError(`class ${index} goes nowhere`);
    classCounts[to] = (classCounts[to] as number) + (source.classCounts[index] as number);
    addScaled(
      classSums.subarray(to * dimension, (to + 1) * dimension),
      source.classSums.subarray(index * dimension, (index + 1) * dimension),
      1,
    );
  }
  return { classCounts, classSums };
}
