import { describe, expect, test } from 'vitest';
import { decodeStatistics, encodeStatistics, type StatisticsFile } from '#shared/codec/stats-file.ts';
import { defaultPictureInterventions } from '#shared/contracts/intervention.ts';
import { addPairs, addPictures, emptyStatistics } from '#shared/math/fit/statistics.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { gaussianRows, largestDifference, unwrap } from '../math/random.ts';

const dimension = 6;
const interventions = defaultPictureInterventions.slice(0, 2);

/** Two environments: one with three pictures and two pairs, one empty. */
function exampleFile(): StatisticsFile {
  const statistics = emptyStatistics({ dimension, classCount: 2, interventionCount: 2, environmentCount: 2 });
  const embeddings = gaussianRows(3, dimension, 1);
  normaliseRows(embeddings, dimension);
  const moved = gaussianRows(4, dimension, 2);
  normaliseRows(moved, dimension);
  const classes = Int32Array.of(0, -1, 1);
  const [environment] = statistics.environments;
  if (environment?.pairs[1] === undefined) throw new Error('no environment');
  addPictures(environment, embeddings, classes);
  addPairs(
    environment.pairs[1],
    embeddings.slice(0, 2 * dimension),
    moved.slice(0, 2 * dimension),
    dimension,
  );
  const hashes = Uint8Array.from({ length: 96 }, (_, index) => index);
  const none = { rows: new Int32Array(0), present: new Uint8Array(0), embeddings: new Float32Array(0) };
  return {
    model: { id: 'nano-clip', revision: 'a'.repeat(64) },
    classes: ['Katze', 'a dog'],
    environmentNames: ['photo', 'рисунок'],
    interventions,
    interventionsPerPicture: 'all',
    seed: 7,
    sampleLimit: 10,
    pairSampleLimit: 2,
    statistics,
    sample: {
      environments: [
        {
          hashes,
          classes,
          embeddings,
          pairs: { rows: Int32Array.of(0, 1), present: Uint8Array.of(1, 1, 0, 1), embeddings: moved },
        },
        {
          hashes: new Uint8Array(0),
          classes: new Int32Array(0),
          embeddings: new Float32Array(0),
          pairs: none,
        },
      ],
    },
    failures: [{ sha256: 'b'.repeat(64), code: 'unreadable-picture', detail: 'not a picture' }],
  };
}

describe('.stats files', () => {
  test('come back as they were, sums exactly and samples to float16', async () => {
    const file = exampleFile();
    const back = unwrap(await decodeStatistics(await encodeStatistics(file)));
    expect(back.statistics).toEqual(file.statistics);
    expect({ ...back, statistics: null, sample: null }).toEqual({ ...file, statistics: null, sample: null });
    const [before] = file.sample.environments;
    const [after] = back.sample.environments;
    expect(after?.hashes).toEqual(before?.hashes);
    expect(after?.classes).toEqual(before?.classes);
    expect(after?.pairs.rows).toEqual(before?.pairs.rows);
    expect(largestDifference(after?.embeddings ?? [], before?.embeddings ?? [])).toBeLessThan(5e-4);
  });

  test('are the same bytes when written again', async () => {
    const bytes = await encodeStatistics(exampleFile());
    expect(await encodeStatistics(unwrap(await decodeStatistics(bytes)))).toEqual(bytes);
  });

  test('are refused when any byte has changed or the end is missing', async () => {
    const bytes = await encodeStatistics(exampleFile());
    for (let at = 0; at < bytes.length; at += 97) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(await decodeStatistics(damaged)).toMatchObject({
        ok: false,
        error: { code: 'invalid-artefact' },
      });
    }
    for (const length of [0, 11, 40, bytes.length - 1]) {
      expect((await decodeStatistics(bytes.slice(0, length))).ok).toBe(false);
    }
  });

  test('cannot be written with names that do not fit', async () => {
    await expect(encodeStatistics({ ...exampleFile(), classes: ['one'] })).rejects.toThrow(RangeError);
  });
});
