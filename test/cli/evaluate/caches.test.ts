// What is kept between runs is given back exactly, and never where it is damaged.

import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPictureInterventions, PictureIntervention } from '#shared/contracts/intervention.ts';
import { openEmbeddingCache } from '../../../cli/evaluate/embedding-cache.ts';
import { viewKey } from '../../../cli/evaluate/encode-tree.ts';
import { hashOf, openResultCache } from '../../../cli/evaluate/result-cache.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cache-'));
});
afterEach(() => rm(directory, { recursive: true }));

const revision = 'ab'.repeat(32);
const first = '01'.repeat(32);
const second = '02'.repeat(32);
const embedding = Float32Array.of(0.1, -2, 3e-20);

const openView = (key = 'plain') => openEmbeddingCache({ directory, revision, dimension: 3 }).view(key);

async function fill(): Promise<string> {
  const view = await openView();
  await view.add(first, embedding);
  await view.add(second, Float32Array.of(7, 8, 9));
  await view.flush();
  const [file] = await readdir(join(directory, revision.slice(0, 32)));
  return join(directory, revision.slice(0, 32), file ?? '');
}

describe('the embedding cache', () => {
  it('gives back the same bits in the next run, for the same view only', async () => {
    await fill();
    expect((await openView()).get(first)).toEqual(embedding);
    expect((await openView('invert')).get(first)).toBeUndefined();
  });

  it('loses a half-written record alone, and goes on from there', async () => {
    const file = await fill();
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length - 5));
    const view = await openView();
    expect(view.get(first)).toEqual(embedding);
    expect(view.get(second)).toBeUndefined();
    await view.add(second, embedding);
    await view.flush();
    expect((await openView()).get(second)).toEqual(embedding);
  });

  it('never gives back a record that was changed', async () => {
    const file = await fill();
    const bytes = await readFile(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(file, bytes);
    await appendFile(file, 'noise');
    const view = await openView();
    expect(view.get(first)).toBeUndefined();
    expect(view.get(second)).toEqual(Float32Array.of(7, 8, 9));
  });
});

describe('the key of a view', () => {
  it('holds every parameter, and the seed where something is drawn', () => {
    const keys = defaultPictureInterventions.flatMap((one) => [viewKey(one, 0), viewKey(one, 1)]);
    const drawn = ['color-jitter', 'gaussian-blur'];
    expect(new Set(keys).size).toBe(defaultPictureInterventions.length + drawn.length);
    const four = PictureIntervention.parse({ name: 'posterize', bits: 4 });
    expect(viewKey(four, 0)).not.toBe(viewKey(PictureIntervention.parse({ name: 'posterize' }), 0));
  });
});

describe('the result cache', () => {
  it('knows a result by its key, and takes a damaged one for none', async () => {
    const cache = openResultCache(directory);
    expect(await cache.get('k')).toBeUndefined();
    await cache.put('k', { a: [1, null] });
    expect(await cache.get('k')).toEqual({ a: [1, null] });
    await writeFile(join(directory, 'results', 'k.json'), '{"a":');
    expect(await cache.get('k')).toBeUndefined();
  });

  it('hashes arrays by their values', () => {
    const hash = (values: readonly number[]) => hashOf({ rows: Float32Array.from(values), seed: 1 });
    expect(hash([1, 2])).toBe(hash([1, 2]));
    expect(hash([1, 2])).not.toBe(hash([1, 3]));
  });
});
