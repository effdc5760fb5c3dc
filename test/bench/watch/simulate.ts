// Days and profiles drawn from pools of embeddings, and the drift that the edge would find in them.

import { classify } from '../../../shared/math/answer/classify.ts';
import { type CompiledHead, plainHead } from '../../../shared/math/answer/compiled-head.ts';
import { centreLabels, targetMean } from '../../../shared/math/answer/profile.ts';
import { holdRowsWith } from '../../../shared/math/kernels/held-rows.ts';
import { kernelModule } from '../../../shared/math/kernels/workspace.ts';
import { argmaxOfRows, normaliseRows } from '../../../shared/math/linear/vector.ts';
import {
  type DayDrift,
  dayDrift,
  type Projecting,
  type WatchedProfile,
} from '../../../shared/math/watch/day-drift.ts';
import { addAnswer, emptyDay } from '../../../shared/math/watch/day-sums.ts';
import type { Pool, Pools } from './pools.ts';

/** Numbers of a pool's pictures, in the order in which they come. */
export type Draw = (pool: Pool, count: number, next: () => number) => number[];

export type Watching = {
  readonly pools: Pools;
  readonly head: CompiledHead;
  readonly projecting: Projecting | undefined;
};

export function watching(pools: Pools, projects: boolean): Watching {
  const { dimension, logitScale, prototypes, projection } = pools;
  const centred = centreLabels(prototypes, dimension);
  normaliseRows(centred, dimension);
  const head = plainHead(centred, dimension, logitScale);
  const project = holdRowsWith(kernelModule())(projection, dimension);
  return { pools, head, projecting: projects ? { project, orthonormal: true } : undefined };
}

/** A profile of `count` pictures, and how everything is answered with it. */
export type Profiled = { readonly profile: WatchedProfile; readonly mean: Float32Array };

export function drawProfile(
  { pools, head }: Watching,
  pool: Pool,
  count: number,
  next: () => number,
): Profiled {
  const { dimension } = pools;
  const chosen = independent(pool, count, next);
  const rows = new Float32Array(count * dimension);
  const sum = new Float64Array(dimension);
  for (const [at, index] of chosen.entries()) {
    const row = pool.embeddings.subarray(index * dimension, (index + 1) * dimension);
    rows.set(row, at * dimension);
    for (let i = 0; i < dimension; i++) sum[i] = (sum[i] as number) + (row[i] as number);
  }
  const mean = targetMean({ pictures: count, sum }, undefined);
  const kept = rows.subarray(0, Math.min(count, 128) * dimension);
  const { probabilities } = classify(head, kept, kept.length / dimension, mean);
  const keptLabels = argmaxOfRows(probabilities, head.classCount);
  const mix = new Map<number, number>();
  for (const label of keptLabels) mix.set(label, (mix.get(label) ?? 0) + 1);
  return { mean, profile: { pictures: count, sum, mix, mixPictures: keptLabels.length, kept, keptLabels } };
}

/** Every picture of the pool as answered with the profile's mean [n, c]. */
export function answersOf({ pools, head }: Watching, pool: Pool, { mean }: Profiled): Float32Array {
  return classify(
    head,
    pool.embeddings,
    pool.embeddings.length / pools.dimension,
    mean,
  ).probabilities.slice();
}

export function driftOf(
  { pools, head, projecting }: Watching,
  pool: Pool,
  answers: Float32Array,
  order: readonly number[],
  { profile }: Profiled,
): DayDrift | undefined {
  const day = emptyDay(pools.dimension, head.classCount);
  const { dimension } = pools;
  for (const index of order) {
    const row = pool.embeddings.subarray(index * dimension, (index + 1) * dimension);
    const answer = answers.subarray(index * head.classCount, (index + 1) * head.classCount);
    addAnswer(day, row, answer, 0, false);
  }
  return dayDrift(day, profile, projecting);
}

export const independent: Draw = (pool, count, next) =>
  Array.from({ length: count }, () => Math.floor(next() * pool.classes.length));

/** Independent, but every other class (in an order drawn anew) comes three times as often. */
export const otherMix: Draw = (pool, count, next) => {
  const weights = new Map([...new Set(pool.classes)].map((label) => [label, next() < 0.5 ? 3 : 1]));
  const drawn: number[] = [];
  while (drawn.length < count) {
    const index = Math.floor(next() * pool.classes.length);
    if (next() * 3 < (weights.get(pool.classes[index] as number) ?? 1)) drawn.push(index);
  }
  return drawn;
};

/** Runs of `length` pictures of one class. */
export function runs(length: number): Draw {
  return (pool, count, next) => {
    const drawn: number[] = [];
    while (drawn.length < count) {
      const label = pool.classes[Math.floor(next() * pool.classes.length)];
      const alike = [...pool.classes.keys()].filter((index) => pool.classes[index] === label);
      for (let i = 0; i < length && drawn.length < count; i++) {
        drawn.push(alike[Math.floor(next() * alike.length)] as number);
      }
    }
    return drawn;
  };
}

/** The same picture `times` times over: the frames of something that stands still. */
export function frames(times: number): Draw {
  return (pool, count, next) =>
    independent(pool, Math.ceil(count / times), next)
      .flatMap((index) => Array<number>(times).fill(index))
      .slice(0, count);
}

/** Two environments as one, half of whose pictures are of either. */
export function halves(own: Pool, other: Pool): { readonly pool: Pool; readonly draw: Draw } {
  const embeddings = new Float32Array(own.embeddings.length + other.embeddings.length);
  embeddings.set(own.embeddings);
  embeddings.set(other.embeddings, own.embeddings.length);
  const classes = Int32Array.from([...own.classes, ...other.classes]);
  const [first, second] = [own.classes.length, other.classes.length];
  const draw: Draw = (_pool, count, next) =>
    Array.from({ length: count }, () =>
      next() < 0.5 ? Math.floor(next() * first) : first + Math.floor(next() * second),
    );
  return { pool: { name: `${own.name} and ${other.name}`, embeddings, classes }, draw };
}
