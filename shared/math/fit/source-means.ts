// Means of environments that do not depend on which classes an environment happens to hold more of (docs/method.md, “Environment means”). From
// sums alone, so that shards and order do not matter.

import type { EnvironmentStatistics, Statistics } from './statistics.ts';

/** An environment of which less is labelled counts as unlabelled. */
const labelledShare = 0.5;
const passes = 4;

export type SourceMeans = {
  /** μ_e [d] by environment; absent where it has no pictures. */
  readonly ofEnvironment: ReadonlyMap<number, Float64Array>;
  /** μ̄ [d], the mean of the μ_e; zeros where there are none. */
  readonly mean: Float64Array;
};

/** A cell: the mean [d] of the pictures of one class in one environment. */
type Cell = { readonly environment: number; readonly class: number; readonly mean: Float64Array };

/**
 * μ_e of the named environments: class-balanced where at least half of the pictures are labelled (a picture's mean is taken
 * apart into what its class and what its environment brings), plain elsewhere.
 */
export function sourceMeans(statistics: Statistics, environments: readonly number[]): SourceMeans {
  const { dimension } = statistics;
  const filled = environments.filter((index) => (statistics.environments[index]?.count ?? 0) > 0);
  const labelled = filled.filter((index) => isLabelled(statistics.environments[index]));
  const balanced = balancedMeans(
    labelled.flatMap((index) => cellsOf(statistics, index)),
    dimension,
  );
  const ofEnvironment = new Map(
    filled.map((index) => [index, balanced.get(index) ?? plainMean(statistics, index)]),
  );
  return { ofEnvironment, mean: meanOf([...ofEnvironment.values()], dimension) };
}

/** Whether enough pictures are labelled to tell classes from the environment. */
export function isLabelled(environment: EnvironmentStatistics | undefined): boolean {
  if (environment === undefined || environment.count === 0) return false;
  return labelledCount(environment) >= labelledShare * environment.count;
}

export function labelledCount({ classCounts }: EnvironmentStatistics): number {
  return classCounts.reduce((sum, count) => sum + count, 0);
}

/**
 * Whether the labelled ones among `environments` hang together by classes they share, directly or by way of others. Where they
 * do not, what a class brings and what an environment brings cannot be told apart.
 */
export function shareClasses(statistics: Statistics, environments: readonly number[]): boolean {
  const rest = environments
    .flatMap((index) => statistics.environments[index] ?? [])
    .filter(isLabelled)
    .map((environment) => new Set(classesOf(environment)));
  const reached = rest.shift();
  while (reached !== undefined && rest.length > 0) {
    const next = rest.findIndex((classes) => [...classes].some((index) => reached.has(index)));
    if (next < 0) return false;
    for (const index of rest.splice(next, 1)[0] ?? []) reached.add(index);
  }
  return true;
}

function balancedMeans(cells: readonly Cell[], dimension: number): Map<number, Float64Array> {
  const ofClass = groupBy(cells, (cell) => cell.class);
  const ofEnvironment = groupBy(cells, (cell) => cell.environment);
  let classParts: ReadonlyMap<number, Float64Array> = new Map(
    [...ofClass.keys()].map((index) => [index, new Float64Array(dimension)]),
  );
  const environmentMeans = () =>
    residualMeans(ofEnvironment, (cell) => classParts.get(cell.class), dimension);
  for (let pass = 0; pass < passes; pass++) {
    const means = environmentMeans();
    classParts = residualMeans(ofClass, (cell) => means.get(cell.environment), dimension);
    const centre = meanOf([...classParts.values()], dimension);
    for (const part of classParts.values()) subtract(part, centre);
  }
  return environmentMeans();
}

/** For each group the mean over its cells of the cell less what the other side explains of it. */
function residualMeans(
  groups: ReadonlyMap<number, readonly Cell[]>,
  explained: (cell: Cell) => Float64Array | undefined,
  dimension: number,
): Map<number, Float64Array> {
  return new Map(
    [...groups].map(([key, cells]) => {
      const residuals = cells.map((cell) => {
        const residual = cell.mean.slice();
        const part = explained(cell);
        if (part !== undefined) subtract(residual, part);
        return residual;
      });
      return [key, meanOf(residuals, dimension)];
    }),
  );
}

function cellsOf(statistics: Statistics, index: number): Cell[] {
  const environment = statistics.environments[index];
  if (environment === undefined) return [];
  const { dimension } = statistics;
  return classesOf(environment).map((label) => {
    const count = environment.classCounts[label] as number;
    const sums = environment.classSums.subarray(label * dimension, (label + 1) * dimension);
    return { environment: index, class: label, mean: sums.map((value) => value / count) };
  });
}

function classesOf({ classCounts }: EnvironmentStatistics): number[] {
  return [...classCounts.keys()].filter((label) => (classCounts[label] as number) > 0);
}

function plainMean({ environments }: Statistics, index: number): Float64Array {
  const { sum, count } = environments[index] as EnvironmentStatistics;
  return sum.map((value) => value / count);
}

function groupBy(cells: readonly Cell[], keyOf: (cell: Cell) => number): Map<number, Cell[]> {
  const groups = new Map<number, Cell[]>();
  for (const cell of cells) {
    const group = groups.get(keyOf(cell));
    if (group === undefined) groups.set(keyOf(cell), [cell]);
    else group.push(cell);
  }
  return groups;
}

function meanOf(vectors: readonly Float64Array[], dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (const vector of vectors) {
    for (let i = 0; i < dimension; i++)
      mean[i] = (mean[i] as number) + (vector[i] as number) / vectors.length;
  }
  return mean;
}

function subtract(target: Float64Array, vector: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) - (vector[i] as number);
}
