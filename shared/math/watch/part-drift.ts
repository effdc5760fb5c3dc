// The drift of a day's mean along one part of the space: the difference that no change of classes explains, its variance by the
// scatter of blocks and of the profile's own pictures, and the normal score of their ratio. docs/method.md, “Watch”.

import { normalScore } from './normal-score.ts';
import { add, type Dot, dotOf, type Embedded, type PartVectors, scaled } from './part-vectors.ts';
import {
  betweenClasses,
  keptResiduals,
  leastSamples,
  residualsOf,
  scatterOfBlocks,
  scatterOfKept,
} from './scatter.ts';

export type PartDrift = {
  /** A normal score: of unchanged pictures about 0, give or take 1. */
  readonly drift: number;
  /** Its sampling error: 1 where nothing has changed, more along a direction in which pictures spread. */
  readonly standardError: number;
  /** How far the mean has moved, as a share of the spread of single pictures; 0 where no more than by chance. */
  readonly shift: number;
};

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
    // There the slope is that of a tail that says nothing: it grows without end.
    standardError: score <= lowest ? 1 : Math.max(1, slope * spread),
    shift: Math.sqrt(Math.max(0, squared - variance) / perPicture),
  };
}

/** A mean of unit vectors that moves by a hundredth has not moved: frames of one still scene have no scatter to speak of. */
const unnoticed = 1e-4;
/** Closer than chance would have it (the same pictures again) is no news. */
const lowest = -3;

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
