// The sums thread makes the file that the same pictures make where they are, to the byte, whatever else is being added up meanwhile.

import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import type { SumsHeader } from '../../../gpu-worker/numbers/collected-sums.ts';
import type { CollectedPicture } from '../../../gpu-worker/numbers/statistics-collector.ts';
import { openSums, type Sums, sumsHere } from '../../../gpu-worker/numbers/sums.ts';

const dimension = 6;
const header: SumsHeader = {
  model: { id: 'nano-clip', revision: 'a'.repeat(64) },
  classes: ['cat', 'dog'],
  environmentNames: ['photo', 'sketch'],
  interventions: [{ name: 'grayscale' }, { name: 'invert' }],
  interventionsPerPicture: 'all',
  seed: 3,
  sampleLimit: 8,
  pairSampleLimit: 4,
};

/** More than fit into one message, with the interventions that each got; rows are views into a batch, as those of an encoder. */
function pictures(seed: number): CollectedPicture[] {
  return Array.from({ length: 37 }, (_, index) => {
    const batch = Float32Array.from({ length: 3 * dimension }, (_, i) => Math.sin(seed + 31 * index + i));
    const row = (at: number) => batch.subarray(at * dimension, (at + 1) * dimension);
    const chosen = [0, 1].filter((intervention) => (index + intervention) % 3 !== 0);
    return {
      environment: index % 2,
      class: (index % 3) - 1,
      sha256: createHash('sha256').update(`${seed} ${index}`).digest('hex'),
      plain: row(0),
      // A no-op's row is the picture's own.
      intervened: new Map(chosen.map((at) => [at, index % 5 === 0 ? row(0) : row(at + 1)])),
    };
  });
}

const failures = [{ sha256: 'b'.repeat(64), code: 'unreadable-picture', detail: 'It is damaged.' }] as const;

async function fileOf(sums: Sums, seed: number): Promise<Uint8Array> {
  const own = sums.begin(header, dimension);
  for (const picture of pictures(seed)) await own.add(picture);
  return own.finish(failures);
}

const sums = openSums();
afterAll(() => sums.close());

test('two shards at once have the files that each has by itself', async () => {
  const [one, other] = await Promise.all([fileOf(sums, 1), fileOf(sums, 2)]);
  expect(Buffer.compare(one, await fileOf(sumsHere, 1))).toBe(0);
  expect(Buffer.compare(other, await fileOf(sumsHere, 2))).toBe(0);
});

test('what is given up in the middle leaves the next one alone', async () => {
  const given = sums.begin(header, dimension);
  for (const picture of pictures(4)) await given.add(picture);
  given.drop();
  const file = await fileOf(sums, 5);
  expect(Buffer.compare(file, await fileOf(sumsHere, 5))).toBe(0);
});

test('what cannot be added fails its own shard alone', async () => {
  const bad = sums.begin(header, dimension);
  const [first] = pictures(6);
  if (first === undefined) throw new Error('no picture');
  await bad.add({ ...first, environment: 9 });
  await expect(bad.finish([])).rejects.toThrow();
  bad.drop();
  const file = await fileOf(sums, 7);
  expect(Buffer.compare(file, await fileOf(sumsHere, 7))).toBe(0);
});
