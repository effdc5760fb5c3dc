// Statistics of real pictures: the same sums however the pictures are cut into shards, and the same file for the same shard.

import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Encoder, openEncoder } from '../../../gpu-worker/clip/encoder.ts';
import {
  addStatisticsFiles,
  sortNames,
  subtractStatisticsFiles,
} from '../../../gpu-worker/numbers/merge-statistics.ts';
import { collectStatistics } from '../../../gpu-worker/use-cases/collect-statistics.ts';
import type { AppError } from '../../../shared/app-error.ts';
import { decodeStatistics, type StatisticsFile } from '../../../shared/codec/stats-file.ts';
import { StatisticsHead } from '../../../shared/contracts/worker.ts';
import { ok, type Result } from '../../../shared/result.ts';
import { nanoClip } from '../support/model-copies.ts';

type Picture = { bytes: Uint8Array<ArrayBuffer>; environment: number; class: number };

const pictures: Picture[] = await Promise.all(
  Array.from({ length: 12 }, async (_, index) => ({
    bytes: Uint8Array.from(await drawing(index)),
    environment: index % 2,
    class: (index % 3) - 1,
  })),
);

/** Stripes whose width and colours differ from picture to picture; number 4 is grey. */
function drawing(index: number): Promise<Buffer> {
  const side = 24 + index;
  const data = Buffer.from(
    Array.from({ length: side * side }, (_, i) => {
      const stripe = Math.floor((i % side) / (2 + (index % 4))) % 2;
      return index === 4
        ? [stripe * 90, stripe * 90, stripe * 90]
        : [stripe * 200, index * 20, 255 - index * 15];
    }).flat(),
  );
  return sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}

let encoder: Encoder;
beforeAll(async () => {
  const opened = await openEncoder({ modelDirectory: nanoClip, maxBatch: 4 });
  if (!opened.ok) throw new Error(opened.error.detail);
  encoder = opened.value;
});
afterAll(() => encoder.close());

async function* stream(
  bytes: readonly Uint8Array<ArrayBuffer>[],
): AsyncGenerator<Result<Uint8Array<ArrayBuffer>, AppError<never>>> {
  for (const item of bytes) yield ok(item.slice());
}

function headFor(items: readonly Picture[], encode: Record<string, unknown> = {}): StatisticsHead {
  return StatisticsHead.parse({
    model: 'nano-clip',
    classes: ['cat', 'dog'],
    environments: ['photo', 'sketch'],
    encode: { interventions: ['grayscale', 'color-jitter', 'invert'], ...encode },
    sampleLimit: 4,
    pairSampleLimit: 2,
    items: items.map(({ bytes, ...item }) => ({
      ...item,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      byteLength: bytes.byteLength,
    })),
  });
}

async function collectBytes(items: readonly Picture[], encode?: Record<string, unknown>) {
  const head = headFor(items, encode);
  const collected = await collectStatistics(
    { head, items: stream(items.map(({ bytes }) => bytes)) },
    encoder,
    { lane: 'bulk' },
  );
  if (!collected.ok) throw new Error(collected.error.detail);
  return collected.value.file;
}

async function collect(items: readonly Picture[], encode?: Record<string, unknown>): Promise<StatisticsFile> {
  const file = await decodeStatistics(await collectBytes(items, encode));
  if (!file.ok) throw new Error(file.error.detail);
  return file.value;
}

function must<T>(result: Result<T, AppError>): T {
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(0, ...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

function expectSame(actual: StatisticsFile, expected: StatisticsFile) {
  expect([actual.classes, actual.environmentNames]).toEqual([expected.classes, expected.environmentNames]);
  expect(actual.sample).toEqual(expected.sample);
  for (const [index, environment] of actual.statistics.environments.entries()) {
    const other = expected.statistics.environments[index];
    if (other === undefined) throw new Error(`there is no environment ${index}`);
    expect(environment.count).toBe(other.count);
    expect(environment.classCounts).toEqual(other.classCounts);
    expect(furthest(environment.second, other.second)).toBeLessThan(1e-12);
    expect(furthest(environment.classSums, other.classSums)).toBeLessThan(1e-12);
    for (const [i, pairs] of environment.pairs.entries()) {
      expect([pairs.count, pairs.noOps]).toEqual([other.pairs[i]?.count, other.pairs[i]?.noOps]);
      expect(furthest(pairs.second, other.pairs[i]?.second ?? [])).toBeLessThan(1e-12);
    }
  }
}

describe('statistics of a shard', () => {
  test('are the same bytes every time', async () => {
    expect(await collectBytes(pictures)).toEqual(await collectBytes(pictures));
  });

  test('add up to the same whatever the shards and their order', async () => {
    const whole = sortNames(await collect(pictures));
    for (const sizes of [
      [1, 11],
      [5, 4, 3],
      [2, 2, 2, 2, 2, 2],
    ]) {
      let start = 0;
      const shards = [];
      for (const size of sizes) {
        shards.push(await collect(pictures.slice(start, start + size)));
        start += size;
      }
      const [first, ...rest] = shards.toReversed();
      if (first === undefined) throw new Error('no shards');
      expectSame(
        rest.reduce((sum, shard) => must(addStatisticsFiles(sum, shard)), first),
        whole,
      );
    }
  });

  test('are what is left when a shard is taken away again, names included', async () => {
    const kept = pictures.filter(({ environment, class: index }) => environment === 0 && index !== 1);
    const leaving = pictures.filter((picture) => !kept.includes(picture));
    const rest = must(subtractStatisticsFiles(await collect(pictures), await collect(leaving)));
    expect([rest.environmentNames, rest.classes]).toEqual([['photo'], ['cat']]);
    const direct = await collect(kept);
    const [environment] = rest.statistics.environments;
    expect(environment?.count).toBe(kept.length);
    expect(furthest(environment?.second ?? [], direct.statistics.environments[0]?.second ?? [])).toBeLessThan(
      1e-12,
    );
    expect(subtractStatisticsFiles(direct, await collect(leaving))).toMatchObject({
      ok: false,
      error: { code: 'invalid-request' },
    });
  });

  test('count a pair that changed nothing as such, not as a pair', async () => {
    const [grayscale, jitter] = (await collect(pictures.slice(4, 5))).statistics.environments[0]?.pairs ?? [];
    expect(grayscale).toMatchObject({ count: 0, noOps: 1 });
    expect(jitter).toMatchObject({ count: 1, noOps: 0 });
  });

  test('hold m interventions for each picture when m are asked for, chosen by the picture alone', async () => {
    const sampled = await collect(pictures, { interventionsPerPicture: 1 });
    const pairs = sampled.statistics.environments.flatMap((environment) => environment.pairs);
    expect(pairs.reduce((total, { count, noOps }) => total + count + noOps, 0)).toBe(pictures.length);
    const halves = [
      await collect(pictures.slice(6), { interventionsPerPicture: 1 }),
      await collect(pictures.slice(0, 6), { interventionsPerPicture: 1 }),
    ] as const;
    expectSame(must(addStatisticsFiles(...halves)), sortNames(sampled));
  });

  test('list pictures that cannot be read, and count the others', async () => {
    const broken = { bytes: Uint8Array.from(Buffer.from('broken')), environment: 0, class: 0 };
    const file = await collect([...pictures.slice(0, 2), broken, ...pictures.slice(2, 4)]);
    expect(file.failures).toMatchObject([
      { code: 'unreadable-picture', sha256: createHash('sha256').update('broken').digest('hex') },
    ]);
    expect(file.statistics.environments.map(({ count }) => count)).toEqual([2, 2]);
  });

  test('do not merge with those of other settings or another model', async () => {
    const file = await collect(pictures.slice(0, 1));
    expect(addStatisticsFiles(file, { ...file, seed: 1 })).toMatchObject({
      error: { code: 'invalid-request', detail: expect.stringContaining('seed') },
    });
    const other = { ...file, model: { ...file.model, revision: '0'.repeat(64) } };
    expect(addStatisticsFiles(file, other)).toMatchObject({ error: { code: 'model-mismatch' } });
  });
});
