// A statistics file under other lists of environment and class names.

import type { StatisticsFile } from '#shared/codec/stats-file.ts';
import { reindexSample, relabelSample, type SampleShape } from '#shared/math/fit/sample.ts';
import { type EnvironmentStatistics, reindexStatistics } from '#shared/math/fit/statistics.ts';

export type StatisticsNames = Pick<StatisticsFile, 'classes' | 'environmentNames'>;

export function sampleShape({ statistics, sampleLimit, pairSampleLimit }: StatisticsFile): SampleShape {
  const { dimension, interventionCount } = statistics;
  return { dimension, interventionCount, sampleLimit, pairSampleLimit };
}

/** Every name of the file must be in `names`; what is only in `names` is empty. */
export function underNames(file: StatisticsFile, names: StatisticsNames): StatisticsFile {
  // As shards of one fit are: nothing has to be moved, some ten megabytes a time.
  if (isSame(file.classes, names.classes) && isSame(file.environmentNames, names.environmentNames))
    return file;
  const classes = file.classes.map((name) => names.classes.indexOf(name));
  const environments = {
    environments: file.environmentNames.map((name) => names.environmentNames.indexOf(name)),
    environmentCount: names.environmentNames.length,
  };
  return {
    ...file,
    ...names,
    statistics: reindexStatistics(file.statistics, {
      ...environments,
      classes,
      classCount: names.classes.length,
    }),
    sample: reindexSample(relabelSample(file.sample, classes), environments, sampleShape(file)),
  };
}

/** Without environments and classes that have no pictures; rounding left over from a subtraction goes with them. */
export function dropEmpty(file: StatisticsFile): StatisticsFile {
  const { environments, dimension, interventionCount } = file.statistics;
  const keptEnvironments = indicesWhere(environments, ({ count }) => count > 0);
  const keptClasses = indicesWhere(file.classes, (_, index) =>
    environments.some(({ classCounts }) => (classCounts[index] ?? 0) > 0),
  );
  const relabelled = relabelSample(
    file.sample,
    file.classes.map((_, index) => keptClasses.indexOf(index)),
  );
  return {
    ...file,
    classes: keptClasses.map((index) => file.classes[index] as string),
    environmentNames: keptEnvironments.map((index) => file.environmentNames[index] as string),
    statistics: {
      dimension,
      interventionCount,
      classCount: keptClasses.length,
      environments: keptEnvironments.map((index) =>
        keepClasses(environments[index] as EnvironmentStatistics, keptClasses, dimension),
      ),
    },
    sample: { environments: relabelled.environments.filter((_, index) => keptEnvironments.includes(index)) },
  };
}

function keepClasses(
  { classCounts, classSums, pairs, ...sums }: EnvironmentStatistics,
  kept: readonly number[],
  dimension: number,
): EnvironmentStatistics {
  const keptSums = new Float64Array(kept.length * dimension);
  for (const [to, from] of kept.entries()) {
    if ((classCounts[from] ?? 0) === 0) continue;
    keptSums.set(classSums.subarray(from * dimension, (from + 1) * dimension), to * dimension);
  }
  return {
    ...sums,
    classCounts: Float64Array.from(kept, (index) => classCounts[index] ?? 0),
    classSums: keptSums,
    pairs: pairs.map((pair) =>
      pair.count > 0 ? pair : { ...pair, second: new Float64Array(pair.second.length) },
    ),
  };
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index]);
}

function indicesWhere<Item>(items: readonly Item[], keep: (item: Item, index: number) => boolean): number[] {
  return items.flatMap((item, index) => (keep(item, index) ? [index] : []));
}
