// Watched days: sums that add in any order, and a drift that is about 0 ± 1 for unchanged pictures, whatever their mix and
// however they resemble their neighbours, and large for others.

import { describe, expect, test } from 'vitest';
import { decodeDaySums, encodeDaySums } from '#shared/codec/day-sums-file.ts';
import { type DayDrift, dayDrift, type WatchedProfile } from '#shared/math/watch/day-drift.ts';
import {
  addAnswer,
  type DaySums,
  emptyDay,
  mergeDays,
  mostBlocks,
  mostStrata,
  otherLabels,
  sumOfDay,
} from '#shared/math/watch/day-sums.ts';
import { normalScore } from '#shared/math/watch/normal-score.ts';
import { gaussian, gaussianRows, uniform } from './random.ts';

const dimension = 24;
const labels = 4;
const classMeans = gaussianRows(labels, dimension, 1);
const answers = Array.from({ length: labels }, (_, label) =>
  Float32Array.from({ length: labels }, (_value, i) => (i === label ? 0.7 : 0.1)),
);

type Picture = { readonly embedding: Float32Array; readonly label: number };

/** Pictures about their class's mean, moved by `shift` in every direction. */
function pictures(order: readonly number[], seed: number, shift = 0): Picture[] {
  const next = gaussian(seed);
  return order.map((label) => ({
    label,
    embedding: Float32Array.from(
      { length: dimension },
      (_, i) => 0.2 * ((classMeans[label * dimension + i] as number) + next() + shift),
    ),
  }));
}

function orderOf(count: number, seed: number, weights: readonly number[] = [1, 1, 1, 1]): number[] {
  const next = uniform(seed);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    const at = next() * total;
    return weights.findIndex(
      (_, label) => at < weights.slice(0, label + 1).reduce((sum, weight) => sum + weight),
    );
  });
}

function dayOf(all: readonly Picture[]): DaySums {
  const day = emptyDay(dimension, labels);
  for (const { embedding, label } of all) addAnswer(day, embedding, answers[label] as Float32Array, 0, false);
  return day;
}

function profileOf(all: readonly Picture[]): WatchedProfile {
  const kept = new Float32Array(all.length * dimension);
  const sum = new Float64Array(dimension);
  const mix = new Map<number, number>();
  for (const [row, { embedding, label }] of all.entries()) {
    kept.set(embedding, row * dimension);
    for (const [i, value] of embedding.entries()) sum[i] = (sum[i] as number) + value;
    mix.set(label, (mix.get(label) ?? 0) + 1);
  }
  const keptLabels = all.map(({ label }) => label);
  return { pictures: all.length, sum, mix, mixPictures: all.length, kept, keptLabels };
}

/** P: the first half of the coordinates. */
const projecting = { project: (rows: Float32Array) => rows.slice(0, dimension / 2), orthonormal: true };

function drift(day: readonly Picture[], profile: readonly Picture[]): DayDrift {
  const found = dayDrift(dayOf(day), profileOf(profile), projecting);
  if (found === undefined) throw new Error('too few');
  return found;
}

describe('sums of a day', () => {
  test('are those of all its pictures, in blocks of bounded number', () => {
    const all = pictures(orderOf(500, 1), 2);
    const day = dayOf(all);
    expect(day.pictures).toBe(500);
    expect(day.blocks.length).toBeLessThanOrEqual(mostBlocks(dimension));
    expect(day.blocks.length).toBeGreaterThanOrEqual(mostBlocks(dimension) / 2);
    for (let i = 0; i < dimension; i++) {
      const expected = all.reduce((sum, { embedding }) => sum + (embedding[i] as number), 0);
      expect(sumOfDay(day)[i]).toBeCloseTo(expected, 9);
    }
    expect([...day.counts].reduce((sum, count) => sum + count)).toBe(500);
  });

  test('of parts add up to those of the whole, and survive being stored', () => {
    const all = pictures(orderOf(300, 3), 4);
    const whole = dayOf(all);
    const merged = mergeDays(
      mergeDays(dayOf(all.slice(0, 37)), dayOf(all.slice(37, 250))),
      dayOf(all.slice(250)),
    );
    const stored = decodeDaySums(new Uint8Array(encodeDaySums(merged)), merged);
    for (const day of [merged, stored]) {
      expect(day?.pictures).toBe(300);
      expect(day?.blocks.length).toBeLessThanOrEqual(mostBlocks(dimension));
      for (const [label, { pictures: count, sum }] of whole.strata) {
        expect(day?.strata.get(label)?.pictures).toBe(count);
        for (const [i, value] of sum.entries()) expect(day?.strata.get(label)?.sum[i]).toBeCloseTo(value, 5);
      }
      for (const [i, value] of sumOfDay(whole).entries())
        expect(day && sumOfDay(day)[i]).toBeCloseTo(value, 5);
    }
    expect(decodeDaySums(new Uint8Array(encodeDaySums(merged)).subarray(4), merged)).toBeUndefined();
  });

  test('of more labels than there is room for put the rare ones together', () => {
    const many = 100;
    const day = emptyDay(dimension, many);
    const other = emptyDay(dimension, many);
    for (let label = 0; label < many; label++) {
      const answer = new Float32Array(many);
      answer[label] = 1;
      for (let time = 0; time <= label % 3; time++) {
        addAnswer(label % 2 === 0 ? day : other, gaussianRows(1, dimension, label), answer, 0, false);
      }
    }
    const merged = mergeDays(day, other);
    expect(merged.strata.size).toBe(mostStrata(dimension));
    const counted = [...merged.strata.values()].reduce((sum, { pictures: count }) => sum + count, 0);
    expect(counted).toBe(merged.pictures);
    expect(merged.strata.get(otherLabels)?.pictures).toBeGreaterThan(0);
    for (const { pictures: count, counts } of merged.blocks) {
      expect([...counts.values()].reduce((sum, value) => sum + value, 0)).toBe(count);
      for (const label of counts.keys()) expect(merged.strata.has(label)).toBe(true);
    }
  });
});

describe('the drift of a day', () => {
  const trials = Array.from({ length: 60 }, (_, seed) => seed + 1);
  const figures = (day: (seed: number) => readonly Picture[]) =>
    trials.flatMap((seed) => {
      const { kept, dropped } = drift(day(seed), pictures(orderOf(48, 1000 + seed), 2000 + seed));
      return [kept.drift, dropped?.drift ?? Number.NaN];
    });
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  test('is about 0, give or take 1, for pictures like the profile’s', () => {
    const found = figures((seed) => pictures(orderOf(200, seed), 3000 + seed));
    expect(Math.abs(meanOf(found))).toBeLessThan(0.3);
    const spread = Math.sqrt(meanOf(found.map((value) => value ** 2)));
    expect(spread).toBeGreaterThan(0.7);
    expect(spread).toBeLessThan(1.4);
    expect(Math.max(...found)).toBeLessThan(5);
  });

  test('is no other for another mix of the same classes, or one of them alone', () => {
    for (const weights of [
      [8, 4, 1, 1],
      [1, 0, 0, 0],
    ]) {
      const found = figures((seed) => pictures(orderOf(200, seed, weights), 4000 + seed));
      expect(meanOf(found)).toBeLessThan(0.7);
      expect(Math.max(...found)).toBeLessThan(5);
    }
  });

  test('does not take frames of one scene for so many pictures', () => {
    const found = figures((seed) =>
      pictures(orderOf(20, seed), 5000 + seed).flatMap((one) => Array(10).fill(one)),
    );
    expect(meanOf(found)).toBeLessThan(0.7);
    expect(Math.max(...found)).toBeLessThan(5);
  });

  test('is large where pictures have moved, says by how much, and more surely of more pictures', () => {
    const profile = pictures(orderOf(48, 7), 8);
    const few = drift(pictures(orderOf(50, 9), 10, 1), profile);
    const many = drift(pictures(orderOf(1000, 11), 12, 1), profile);
    for (const { kept, dropped } of [few, many]) {
      for (const part of [kept, dropped]) {
        expect(part?.drift).toBeGreaterThan(5);
        expect(part?.standardError).toBeGreaterThanOrEqual(1);
        // By one standard deviation in each direction, of pictures that spread by one in each.
        expect(part?.shift).toBeGreaterThan(0.4);
        expect(part?.shift).toBeLessThan(1.2);
      }
    }
    expect(many.kept.drift).toBeGreaterThan(few.kept.drift);
  });

  test('along what is kept does not see what moves along what is dropped', () => {
    const moved = pictures(orderOf(300, 13), 14).map(({ embedding, label }) => ({
      label,
      embedding: embedding.map((value, i) => (i < dimension / 2 ? value : value + 0.3)),
    }));
    const { kept, dropped } = drift(moved, pictures(orderOf(48, 15), 16));
    expect(kept.drift).toBeLessThan(4);
    expect(dropped?.drift).toBeGreaterThan(5);
  });

  test('is not told of few pictures, and needs no answers of the profile', () => {
    const profile = pictures(orderOf(48, 17), 18);
    expect(dayDrift(dayOf(pictures(orderOf(15, 19), 20)), profileOf(profile), projecting)).toBeUndefined();
    const adopted = { ...profileOf(profile), mix: undefined, kept: new Float32Array(0), keptLabels: [] };
    const same = dayDrift(dayOf(pictures(orderOf(200, 21), 22)), adopted, undefined);
    const moved = dayDrift(dayOf(pictures(orderOf(200, 23), 24, 2)), adopted, undefined);
    expect(same?.kept.drift).toBeLessThan(4);
    expect(same?.dropped).toBeUndefined();
    expect(moved?.kept.drift).toBeGreaterThan(5);
  });

  test('of the very pictures of the profile is none, and no less sure than of others', () => {
    const profile = pictures(orderOf(64, 3), 4);
    // Give or take what rounding does.
    const day = profile.map(({ embedding, label }) => ({
      label,
      embedding: embedding.map((x) => 1.000001 * x),
    }));
    const { kept } = dayDrift(dayOf(day), profileOf(profile), undefined) ?? {};
    expect(kept?.drift).toBeLessThan(0);
    expect(kept?.standardError).toBeLessThan(3);
  });

  test('of a still scene with nothing but itself in it is none', () => {
    const [one] = pictures([0], 25) as [Picture];
    const { kept } = drift(Array<Picture>(100).fill(one), Array<Picture>(32).fill(one));
    expect(kept.drift).toBeLessThan(1);
    expect(kept.shift).toBe(0);
  });
});

test('the normal score is 1.96 where the F distribution leaves 2.5 % above', () => {
  // Tables of F: 97.5 % quantiles.
  for (const [freedom, below, ratio] of [
    [10, 20, 2.7737],
    [30, 120, 1.6899],
    [5, 60, 2.7863],
  ] as const) {
    expect(Math.abs(normalScore(ratio, freedom, below).score - 1.96)).toBeLessThan(0.03);
    const step = 1e-5;
    const slope =
      (normalScore(ratio + step, freedom, below).score - normalScore(ratio, freedom, below).score) / step;
    expect(normalScore(ratio, freedom, below).slope).toBeCloseTo(slope, 3);
  }
});
