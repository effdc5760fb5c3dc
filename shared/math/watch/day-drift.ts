// How far the mean of a day's pictures has moved from that of the environment's profile, in standard errors, along what a
// projection keeps and along what it drops. A change of the mix of answered classes is weighed out; pictures that resemble
// their neighbours widen the error. Formulas and where they come from: docs/method.md, “Watch”.

import { type DaySums, otherLabels } from './day-sums.ts';
import { type PartDrift, partDrift } from './part-drift.ts';
import type { Embedded, PartVectors } from './part-vectors.ts';

export type WatchedProfile = {
  readonly pictures: number;
  /** Σx [d]. */
  readonly sum: Float64Array;
  /** How many of its pictures were answered with each label, in any scale; `undefined` where it is not known. */
  readonly mix: ReadonlyMap<number, number> | undefined;
  /** Of how many pictures the mix was seen. */
  readonly mixPictures: number;
  /** Some of its embeddings [m, d], and the label of each. */
  readonly kept: Float32Array;
  readonly keptLabels: ArrayLike<number>;
};

export type DayDrift = { readonly kept: PartDrift; readonly dropped?: PartDrift | undefined };

/** P rows of embeddings: [n, d] to [n, k]. */
export type Projecting = {
  readonly project: (rows: Float32Array) => Float32Array;
  /** Whether P has orthonormal rows, so that what it drops can be told from what it keeps. */
  readonly orthonormal: boolean;
};

/** Of fewer pictures no mean is judged. */
export const leastWatched = 16;

/** `undefined` for too few pictures on either side. */
export function dayDrift(
  day: DaySums,
  profile: WatchedProfile,
  projecting: Projecting | undefined,
): DayDrift | undefined {
  if (day.pictures < leastWatched || day.blocks.length < 4 || profile.pictures < 2) return undefined;
  const whole = vectorsOf(day, profile);
  if (projecting === undefined) return { kept: partDrift(whole) };
  const inside = mapVectors(whole, (vector) => projected(vector, projecting));
  const kept = partDrift(inside);
  if (!projecting.orthonormal) return { kept };
  return { kept, dropped: partDrift(outside(whole, inside)) };
}

/** One stratum for all labels where those of the profile are not known. */
function vectorsOf(day: DaySums, profile: WatchedProfile): PartVectors {
  const { mix } = profile;
  const labels = [...day.strata.keys()];
  const strataOf = (label: number) => (mix === undefined ? 0 : labels.indexOf(own(day, label)));
  const size = mix === undefined ? 1 : labels.length;
  const strata = Array.from({ length: size }, () => ({ pictures: 0, sum: new Float64Array(day.dimension) }));
  for (const [label, { pictures, sum }] of day.strata) {
    const stratum = strata[strataOf(label)];
    if (stratum === undefined) continue;
    stratum.pictures += pictures;
    for (let i = 0; i < sum.length; i++) stratum.sum[i] = (stratum.sum[i] as number) + (sum[i] as number);
  }
  // Each label that the day has not seen at all is a share of the profile that nothing stands for.
  const shares: number[] = Array(size).fill(0);
  let total = 0;
  for (const [label, weight] of mix ?? [[0, 1]]) {
    const at = strataOf(label);
    if (at === -1) shares.push(weight);
    else shares[at] = (shares[at] as number) + weight;
    total += weight;
  }
  const keptCount = profile.kept.length / day.dimension;
  return {
    profile: { pictures: profile.pictures, mean: profile.sum.map((value) => value / profile.pictures) },
    shares: Float64Array.from(shares, (share) => share / total),
    mixed: mix === undefined ? undefined : labels.indexOf(otherLabels),
    mixPictures: mix === undefined ? profile.pictures : Math.min(profile.pictures, profile.mixPictures),
    strata: strata.map(({ pictures, sum }) => ({ pictures, mean: sum.map((value) => value / pictures) })),
    blocks: day.blocks.map(({ pictures, sum, counts }) => {
      const byStratum = new Float64Array(size);
      for (const [label, count] of counts) {
        const at = strataOf(label);
        byStratum[at] = (byStratum[at] as number) + count;
      }
      return { pictures, sum, counts: byStratum };
    }),
    kept: Array.from({ length: keptCount }, (_, row) => ({
      group: mix === undefined ? 0 : (profile.keptLabels[row] as number),
      vector: Float64Array.from(profile.kept.subarray(row * day.dimension, (row + 1) * day.dimension)),
    })),
    subtractFrom: Number.POSITIVE_INFINITY,
  };
}

function own({ strata }: DaySums, label: number): number {
  return strata.has(label) ? label : otherLabels;
}

function projected(vector: Embedded, { project }: Projecting): Embedded {
  return Float64Array.from(project(Float32Array.from(vector)));
}

function mapVectors(vectors: PartVectors, map: (vector: Embedded) => Embedded): PartVectors {
  return {
    ...vectors,
    profile: { ...vectors.profile, mean: map(vectors.profile.mean) },
    strata: vectors.strata.map(({ pictures, mean }) => ({ pictures, mean: map(mean) })),
    blocks: vectors.blocks.map((block) => ({ ...block, sum: map(block.sum) })),
    kept: vectors.kept.map(({ group, vector }) => ({ group, vector: map(vector) })),
  };
}

/** [x; P x], whose products are those of what P drops where the second half counts negative. */
function outside(whole: PartVectors, inside: PartVectors): PartVectors {
  const join = (a: Embedded, b: Embedded | undefined): Embedded => Float64Array.from([...a, ...(b ?? [])]);
  return {
    ...whole,
    profile: { ...whole.profile, mean: join(whole.profile.mean, inside.profile.mean) },
    strata: whole.strata.map((stratum, i) => ({
      ...stratum,
      mean: join(stratum.mean, inside.strata[i]?.mean),
    })),
    blocks: whole.blocks.map((block, i) => ({ ...block, sum: join(block.sum, inside.blocks[i]?.sum) })),
    kept: whole.kept.map((one, i) => ({ ...one, vector: join(one.vector, inside.kept[i]?.vector) })),
    subtractFrom: whole.profile.mean.length,
  };
}
