// Two ways to answer against each other on sources left out: paired by picture, every class and every source weighing the same
// (docs/method.md, “What `auto` chooses from”, 2).

import type { Estimate } from './fit-report.ts';
import type { PictureHits } from './left-out.ts';

/** One source left out: the classes of its pictures [n], and how two ways did on them. */
export type PairedHits = {
  readonly name: string;
  readonly classes: Int32Array;
  readonly ours: PictureHits;
  readonly other: PictureHits;
};

export type Comparison = {
  /** Mean over sources of g_s. */
  readonly gain: number;
  /** √(Σ var_s) / E: of `gain`, over pictures. What choices are made by. */
  readonly pictureError: number;
  /** √(pictureError² + var(g_s) / E): over pictures and environments. What is shown. */
  readonly environmentError: number;
  /** Sources with g_s > 0. */
  readonly winning: number;
  readonly sources: readonly SourceGain[];
};

export type SourceGain = {
  readonly name: string;
  /** Pictures that both answered. */
  readonly pictures: number;
  readonly gain: number;
  readonly variance: number;
  /** Class-balanced accuracies. */
  readonly ours: number;
  readonly other: number;
};

/** Sums of fractions that cancel leave this much at most. */
export const smallestGain = 1e-9;
const shareOfSources = 2 / 3;

export function compareHits(pairs: readonly PairedHits[]): Comparison {
  const sources = pairs.map(compareOnSource).filter(({ pictures }) => pictures > 0);
  const count = Math.max(1, sources.length);
  const gain = sources.reduce((sum, source) => sum + source.gain, 0) / count;
  const variance = sources.reduce((sum, source) => sum + source.variance, 0) / count ** 2;
  const squares = sources.reduce((sum, source) => sum + (source.gain - gain) ** 2, 0);
  const between = sources.length < 2 ? 0 : squares / (sources.length - 1);
  return {
    gain,
    pictureError: Math.sqrt(variance),
    environmentError: Math.sqrt(variance + between / count),
    winning: sources.filter((source) => source.gain > smallestGain).length,
    sources,
  };
}

/** Whether the gain exceeds so many standard errors and shows in two thirds of the sources. */
export function convinces({ gain, pictureError, winning, sources }: Comparison, errors: number): boolean {
  return (
    gain > smallestGain &&
    gain > errors * pictureError &&
    winning >= shareOfSources * sources.length - smallestGain
  );
}

export function estimateOf({ gain, pictureError, environmentError, sources }: Comparison): Estimate {
  const mean = (read: (source: SourceGain) => number) =>
    sources.reduce((sum, source) => sum + read(source), 0) / Math.max(1, sources.length);
  return {
    plain: mean(({ other }) => other),
    accuracy: mean(({ ours }) => ours),
    gain,
    pictureError,
    environmentError,
    sources: sources.map((source) => ({
      name: source.name,
      pictures: source.pictures,
      gain: source.gain,
      standardError: Math.sqrt(source.variance),
    })),
  };
}

function compareOnSource({ name, classes, ours, other }: PairedHits): SourceGain {
  const byClass = new Map<number, number[]>();
  const rows = [...classes.keys()].filter((row) => ours.scored[row] === 1 && other.scored[row] === 1);
  for (const row of rows) {
    const index = classes[row] as number;
    const group = byClass.get(index);
    if (group === undefined) byClass.set(index, [row]);
    else group.push(row);
  }
  const groups = [...byClass.values()];
  const difference = (row: number) => (ours.hits[row] as number) - (other.hits[row] as number);
  const balanced = (read: (row: number) => number) => meanOf(groups.map((group) => meanOf(group.map(read))));
  return {
    name,
    pictures: rows.length,
    gain: balanced(difference),
    variance: balancedVariance(groups.map((group) => group.map(difference))),
    ours: balanced((row) => ours.hits[row] as number),
    other: balanced((row) => other.hits[row] as number),
  };
}

/**
 * The variance of a class-balanced mean, Σ_c var_c / n_c / K². A class of one picture counts with the variance that the others
 * have within classes; where every class has one picture, with the variance of all about their mean.
 */
export function balancedVariance(groups: readonly (readonly number[])[]): number {
  const squaresOf = (values: readonly number[]) => {
    const mean = meanOf(values);
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  const several = groups.filter((group) => group.length > 1);
  const freedom = several.reduce((sum, group) => sum + group.length - 1, 0);
  const all = groups.flat();
  const pooled =
    freedom > 0
      ? several.reduce((sum, group) => sum + squaresOf(group), 0) / freedom
      : squaresOf(all) / Math.max(1, all.length - 1);
  const variances = groups.map((group) =>
    group.length > 1 ? squaresOf(group) / (group.length - 1) / group.length : pooled,
  );
  return variances.reduce((sum, variance) => sum + variance, 0) / Math.max(1, groups.length) ** 2;
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
