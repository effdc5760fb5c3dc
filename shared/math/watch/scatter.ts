// How widely pictures of one part of the space spread: about their label's mean, by blocks of a day and by a profile's own
// pictures, and labels' means about each other.

import {
  add,
  type Dot,
  difference,
  type Embedded,
  meanOf,
  type PartVectors,
  scaled,
  weightedMean,
} from './part-vectors.ts';

/** A variance (the trace of a covariance) as it was estimated. */
export type Estimate = { readonly trace: number; readonly samples: number };

/** Of fewer degrees of freedom the profile's own pictures do not say how they spread. */
export const leastSamples = 8;

/** Of each block its sum less what its pictures' labels lead to expect. */
export function residualsOf({ blocks, strata }: PartVectors): Embedded[] {
  return blocks.map(({ sum, counts }) => {
    const residual = sum.slice();
    for (const [index, { mean }] of strata.entries()) add(residual, mean, -(counts[index] as number));
    return residual;
  });
}

/**
 * The variance of a picture about its label's mean, as blocks show it: twice what single pictures would where they come in pairs.
 * Blocks of several lengths are asked, and the most cautious is believed.
 */
export function scatterOfBlocks(
  { blocks, strata }: PartVectors,
  residuals: readonly Embedded[],
  dot: Dot,
): Estimate {
  let largest: Estimate = { trace: 0, samples: 1 };
  let joined = blocks.map(({ counts }, index) => ({
    counts: counts.slice(),
    residual: (residuals[index] as Embedded).slice(),
  }));
  while (joined.length >= 4) {
    let squares = 0;
    let freedom = 0;
    for (const { counts, residual } of joined) {
      squares += dot(residual, residual);
      for (const [index, count] of counts.entries())
        freedom += count - count ** 2 / picturesIn(strata, index);
    }
    const trace = freedom > 1 ? squares / freedom : 0;
    if (trace > largest.trace) largest = { trace, samples: Math.min(joined.length - 1, freedom) };
    joined = inPairs(joined);
  }
  return largest;
}

function picturesIn(strata: PartVectors['strata'], index: number): number {
  return Math.max(1, strata[index]?.pictures ?? 1);
}

type Joined = { counts: Embedded; residual: Embedded };

function inPairs(blocks: readonly Joined[]): Joined[] {
  const pairs: Joined[] = [];
  for (let i = 0; i + 1 < blocks.length; i += 2) {
    const [a, b] = [blocks[i] as Joined, blocks[i + 1] as Joined];
    add(a.counts, b.counts, 1);
    add(a.residual, b.residual, 1);
    pairs.push(a);
  }
  return pairs;
}

/** The variance of the profile's own pictures about the means of theirs that were answered alike. */
export function scatterOfKept({ kept }: PartVectors, dot: Dot): Estimate {
  let squares = 0;
  for (const residual of keptResiduals(kept)) squares += dot(residual.vector, residual.vector);
  const samples = kept.length - new Set(kept.map(({ group }) => group)).size;
  return { trace: samples > 0 ? squares / samples : 0, samples };
}

export function keptResiduals(kept: PartVectors['kept']): { group: number; vector: Embedded }[] {
  const groups = Map.groupBy(kept, ({ group }) => group);
  return [...groups].flatMap(([group, members]) => {
    if (members.length < 2) return [];
    const mean = meanOf(members.map(({ vector }) => vector));
    return members.map(({ vector }) => ({ group, vector: difference(vector, mean) }));
  });
}

/** The variance of labels' means about each other, by both sides (analysis of variance), and how many directions it has. */
export function betweenClasses(
  { strata, kept }: PartVectors,
  recent: Estimate,
  own: Estimate,
  dot: Dot,
): Estimate & { readonly freedom: number } {
  const groups = [...Map.groupBy(kept, ({ group }) => group).values()];
  const sides = [
    { classes: strata, noise: recent.trace },
    {
      classes: groups.map((members) => ({
        pictures: members.length,
        mean: meanOf(members.map(({ vector }) => vector)),
      })),
      noise: own.samples >= leastSamples ? own.trace : recent.trace,
    },
  ];
  let [above, weight, samples] = [0, 0, 0];
  let freedom = 1;
  for (const { classes, noise } of sides) {
    const total = classes.reduce((sum, { pictures }) => sum + pictures, 0);
    if (classes.length < 2) continue;
    const mean = weightedMean(classes, total);
    const deviations = classes.map((one) => scaled(difference(one.mean, mean), Math.sqrt(one.pictures)));
    above += deviations.reduce((sum, one) => sum + dot(one, one), 0) - (classes.length - 1) * noise;
    weight += total - classes.reduce((sum, { pictures }) => sum + pictures ** 2, 0) / total;
    samples += classes.length - 1;
    freedom = Math.max(freedom, participation(deviations, dot));
  }
  // Where labels cannot be told from each other by what is there, they may differ as much as pictures do.
  if (weight <= 0) return { trace: recent.trace, samples: 1, freedom };
  return { trace: Math.max(0, above / weight), samples, freedom };
}

/** (Σ|v|²)² / Σ (v·w)²: how many directions vectors share evenly. */
function participation(vectors: readonly Embedded[], dot: Dot): number {
  let [trace, squares] = [0, 0];
  for (const [i, a] of vectors.entries()) {
    trace += dot(a, a);
    for (const b of vectors.slice(0, i)) squares += 2 * dot(a, b) ** 2;
    squares += dot(a, a) ** 2;
  }
  return squares === 0 ? 1 : Math.max(1, trace ** 2 / squares);
}
