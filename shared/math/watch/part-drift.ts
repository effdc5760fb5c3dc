// The drift of a day's mean along one part of the space: the difference that no change of classes explains, its variance by the
// scatter of blocks and of the profile's own pictures, and the normal score of their ratio. docs/method.md, “Watch”.

import { normalScore } from './normal-score.ts';

export type Embedded = Float64Array<ArrayBuffer>;

export type PartDrift = {
  /** A normal score: of unchanged pictures about 0, give or take 1. */
  readonly drift: number;
  /** Its sampling error: 1 where nothing has changed, more along a direction in which pictures spread. */
  readonly standardError: number;
  /** How far the mean has moved, as a share of the spread of single pictures; 0 where no more than by chance. */
  readonly shift: number;
};

export type PartVectors = {
  readonly profile: { readonly pictures: number; readonly mean: Embedded };
  /** Of the profile's pictures by stratum, and then of each label that the day has not seen; they sum to 1. */
  readonly shares: Float64Array;
  /** The stratum of labels without one of their own, which differ among themselves. */
  readonly mixed: number | undefined;
  /** Of how many of the profile's pictures the shares were seen. */
  readonly mixPictures: number;
  readonly strata: readonly { readonly pictures: number; readonly mean: Embedded }[];
  readonly blocks: readonly {
    readonly pictures: number;
    readonly sum: Embedded;
    readonly counts: Embedded;
  }[];
  readonly kept: readonly { readonly group: number; readonly vector: Embedded }[];
  /** From this coordinate on products count negative. */
  readonly subtractFrom: number;
};

/** A variance (the trace of a covariance) as it was estimated. */
type Estimate = { readonly trace: number; readonly samples: number };

export function partDrift(vectors: PartVectors): PartDrift {
  const dot = dotOf(vectors.subtractFrom);
  const residuals = residualsOf(vectors);
  const own = scatterOfKept(vectors, dot);
  const recent = scatterOfBlocks(vectors, residuals, dot);
  const single = own.samples >= leastSamples ? own : recent;
  const between = betweenClasses(vectors, recent, own, dot);
  const weights = weightsOf(vectors, recent.trace, between.trace);
  const difference = differenceOf(vectors, weights);

  const parts = {
    recent: recent.trace * weights.squares,
    profile: single.trace / vectors.profile.pictures,
    mix: between.trace * weights.unexplained,
  };
  const variance = parts.recent + parts.profile + parts.mix + unnoticed;
  const squared = dot(difference, difference);
  const shape = shapeOf(vectors, residuals, dot);
  const within = parts.recent + parts.profile + unnoticed;
  const mixFreedom = Math.min(shape.freedom, between.freedom);
  const freedom =
    variance ** 2 /
    (within ** 2 / shape.freedom + parts.mix ** 2 / mixFreedom + (2 * within * parts.mix) / shape.freedom);
  const below =
    variance ** 2 /
    (parts.recent ** 2 / (shape.freedom * Math.max(1, recent.samples)) +
      parts.profile ** 2 / (shape.freedom * Math.max(1, single.samples)) +
      parts.mix ** 2 / (mixFreedom * Math.max(1, between.samples)));
  const { score, slope } = normalScore(squared / variance, freedom, below);
  // Var |δ|² = 2 tr V² + 4 δᵀ V δ, the second by the scatter along δ, less what δ has by chance.
  const excess = squared > variance ? 1 - variance / squared : 0;
  const along = excess * within * shape.shareAlong(difference) * squared;
  const spread = Math.sqrt((2 * variance ** 2) / freedom + 4 * along) / variance;
  const perPicture = single.trace + between.trace + unnoticed;
  return {
    drift: Math.max(lowest, score),
    standardError: Math.max(1, slope * spread),
    shift: Math.sqrt(Math.max(0, squared - variance) / perPicture),
  };
}

/** A mean of unit vectors that moves by a hundredth has not moved: frames of one still scene have no scatter to speak of. */
const unnoticed = 1e-4;
/** Closer than chance would have it (the same pictures again) is no news. */
const lowest = -3;

/** Of fewer degrees of freedom the profile's own pictures do not say how they spread. */
const leastSamples = 8;

type Dot = (a: Embedded, b: Embedded) => number;

function dotOf(subtractFrom: number): Dot {
  return (a, b) => {
    const end = Math.min(a.length, subtractFrom);
    let sum = 0;
    for (let i = 0; i < end; i++) sum += (a[i] as number) * (b[i] as number);
    for (let i = end; i < a.length; i++) sum -= (a[i] as number) * (b[i] as number);
    return sum;
  };
}

/** Of each block its sum less what its pictures' labels lead to expect. */
function residualsOf({ blocks, strata }: PartVectors): Embedded[] {
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
function scatterOfBlocks(
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
function scatterOfKept({ kept }: PartVectors, dot: Dot): Estimate {
  let squares = 0;
  for (const residual of keptResiduals(kept)) squares += dot(residual.vector, residual.vector);
  const samples = kept.length - new Set(kept.map(({ group }) => group)).size;
  return { trace: samples > 0 ? squares / samples : 0, samples };
}

function keptResiduals(kept: PartVectors['kept']): { group: number; vector: Embedded }[] {
  const groups = Map.groupBy(kept, ({ group }) => group);
  return [...groups].flatMap(([group, members]) => {
    if (members.length < 2) return [];
    const mean = meanOf(members.map(({ vector }) => vector));
    return members.map(({ vector }) => ({ group, vector: difference(vector, mean) }));
  });
}

/** The variance of labels' means about each other, by both sides (analysis of variance), and how many directions it has. */
function betweenClasses(
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

type Weights = {
  /** W of each stratum; they sum to 1. */
  readonly ofStrata: Float64Array;
  /** Σ W² / n. */
  readonly squares: number;
  /** Σ (q − W)², and what the shares q are themselves unsure of. */
  readonly unexplained: number;
};

/** W that make the variance of the difference least: the profile's shares, drawn towards the day's where labels are rare. */
function weightsOf(
  { strata, shares, mixed = -1, mixPictures, profile }: PartVectors,
  within: number,
  between: number,
): Weights {
  const eta = within > 0 ? between / within : 1e6;
  const reach = strata.map(({ pictures }) => pictures / (1 + eta * pictures));
  let [taken, room] = [0, 0];
  for (const [i, own] of reach.entries()) {
    taken += eta * (shares[i] as number) * own;
    room += own;
  }
  const lambda = (1 - taken) / room;
  const ofStrata = Float64Array.from(reach, (own, i) => (eta * (shares[i] as number) + lambda) * own);
  const squares = strata.reduce((sum, { pictures }, i) => sum + (ofStrata[i] as number) ** 2 / pictures, 0);
  let unexplained = 0;
  let evenness = 1;
  for (const [i, share] of shares.entries()) {
    unexplained += (share - (ofStrata[i] ?? 0)) ** 2;
    evenness -= share ** 2;
  }
  const unsure = Math.max(0, 1 / mixPictures - 1 / profile.pictures) * evenness;
  const among =
    mixed === -1
      ? 0
      : (ofStrata[mixed] as number) ** 2 / (strata[mixed]?.pictures ?? 1) +
        (shares[mixed] as number) / profile.pictures;
  return { ofStrata, squares, unexplained: unexplained + unsure + among };
}

function differenceOf({ strata, profile }: PartVectors, { ofStrata }: Weights): Embedded {
  const result = scaled(profile.mean, -1);
  for (const [i, { mean }] of strata.entries()) add(result, mean, ofStrata[i] as number);
  return result;
}

type Shape = {
  /** ν = (tr V)² / tr V²: in how many directions chance moves a mean. */
  readonly freedom: number;
  /** vᵀ V v / (tr V · |v|²). */
  readonly shareAlong: (direction: Embedded) => number;
};

/** By products of residuals of different blocks, and of pictures answered differently, which are unbiased for tr V². */
function shapeOf({ blocks, kept }: PartVectors, residuals: readonly Embedded[], dot: Dot): Shape {
  const own = keptResiduals(kept);
  const families = [
    residuals.map((vector, index) => ({
      group: index,
      vector: scaled(vector, 1 / Math.sqrt(blocks[index]?.pictures ?? 1)),
    })),
    ...(own.length >= leastSamples ? [own] : []),
  ];
  let [shape, pairs] = [0, 0];
  for (const family of families) {
    const trace = family.reduce((sum, { vector }) => sum + dot(vector, vector), 0) / family.length;
    for (const [i, a] of family.entries()) {
      for (const b of family.slice(0, i)) {
        if (a.group === b.group || trace === 0) continue;
        shape += (dot(a.vector, b.vector) / trace) ** 2;
        pairs++;
      }
    }
  }
  const all = families.flat();
  return {
    freedom: pairs === 0 || shape === 0 ? 1 : Math.max(1, pairs / shape),
    shareAlong: (direction) => {
      const along = all.reduce((sum, { vector }) => sum + dot(vector, direction) ** 2, 0);
      const whole = all.reduce((sum, { vector }) => sum + dot(vector, vector), 0) * dot(direction, direction);
      return whole > 0 ? along / whole : 0;
    },
  };
}

function add(sum: Float64Array, vector: Float64Array, weight: number): void {
  if (weight === 0) return;
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + weight * (vector[i] as number);
}

function scaled(vector: Embedded, factor: number): Embedded {
  return vector.map((value) => factor * value);
}

function difference(a: Embedded, b: Embedded): Embedded {
  return a.map((value, i) => value - (b[i] as number));
}

function meanOf(vectors: readonly Embedded[]): Embedded {
  return weightedMean(
    vectors.map((mean) => ({ pictures: 1, mean })),
    vectors.length,
  );
}

function weightedMean(
  classes: readonly { readonly pictures: number; readonly mean: Embedded }[],
  total: number,
): Embedded {
  const mean = new Float64Array(classes[0]?.mean.length ?? 0);
  for (const one of classes) add(mean, one.mean, one.pictures / total);
  return mean;
}
