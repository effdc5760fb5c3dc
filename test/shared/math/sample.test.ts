import { describe, expect, test } from 'vitest';
import {
  type EnvironmentSample,
  emptyEnvironmentSample,
  mergeEnvironmentSamples,
  mergeSamples,
  reindexSample,
  relabelSample,
  subtractSamples,
} from '#shared/math/fit/sample.ts';
import { fc } from '../../support/properties.ts';

const shape = { dimension: 2, interventionCount: 2, sampleLimit: 4, pairSampleLimit: 2 };

/** A batch of pictures whose every value is told by its first hash byte. */
function batch(ids: readonly number[]): EnvironmentSample {
  const { dimension, interventionCount } = shape;
  return {
    hashes: Uint8Array.from(ids.flatMap((id) => [id, ...new Array<number>(31).fill(0)])),
    classes: Int32Array.from(ids, (id) => id % 3),
    embeddings: Float32Array.from(ids.flatMap((id) => [id, -id])),
    pairs: {
      rows: Int32Array.from(ids.keys()),
      present: Uint8Array.from(ids.flatMap((id) => [1, id % 2])),
      embeddings: Float32Array.from(
        ids.flatMap((id) => Array.from({ length: interventionCount * dimension }, (_, i) => id * 10 + i)),
      ),
    },
  };
}

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { maxLength: 12 });

describe('samples', () => {
  test('keep the smallest hashes however the pictures were sharded', () => {
    fc.assert(
      fc.property(ids, fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }), (list, shards) => {
        const parts = [0, 1, 2, 3].map((shard) => batch(list.filter((_, index) => shards[index] === shard)));
        const merged = parts.reduce(
          (sum, part) => mergeEnvironmentSamples(sum, part, shape),
          emptyEnvironmentSample(),
        );
        const kept = [...list].sort((a, b) => a - b).slice(0, shape.sampleLimit);
        const expected = batch(kept);
        const pairs = batch(kept.slice(0, shape.pairSampleLimit)).pairs;
        expect(merged).toEqual({ ...expected, pairs });
      }),
      { numRuns: 60 },
    );
  });

  test('stay the same object where a batch adds nothing', () => {
    const full = mergeEnvironmentSamples(emptyEnvironmentSample(), batch([1, 2, 3, 4]), shape);
    expect(mergeEnvironmentSamples(full, batch([9, 7]), shape)).toBe(full);
  });

  test('lose the pictures of a shard that leaves, one for one', () => {
    const all = { environments: [batch([1, 2, 2, 5])] };
    const rest = subtractSamples(all, { environments: [batch([2, 5, 9])] }, shape);
    expect(rest.environments[0]).toEqual(batch([1, 2]));
  });

  test('take other labels and other lists of environments', () => {
    const sample = { environments: [batch([3, 4, 5]), batch([6])] };
    expect([...(relabelSample(sample, [7, -1]).environments[0]?.classes ?? [])]).toEqual([7, -1, -1]);
    const moved = reindexSample(sample, { environments: [1, 1], environmentCount: 2 }, shape);
    expect(moved.environments[0]).toEqual(emptyEnvironmentSample());
    expect(moved.environments[1]?.embeddings).toEqual(batch([3, 4, 5, 6]).embeddings);
    expect(() => mergeSamples(sample, { environments: [] }, shape)).toThrow(RangeError);
  });
});
