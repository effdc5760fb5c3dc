import { expect, test } from 'vitest';
import { createLru } from '#shared/lru.ts';
import { addPicture, addTallies, emptyTally, reportOf } from '../../../edge/jobs/evaluation-tally.ts';
import { mergeFanIn, mergeLevels } from '../../../edge/jobs/fit-merge.ts';
import { stopped } from '../../../edge/jobs/job-step.ts';
import { groupEvenly, inParallel } from '../../../edge/jobs/parallel.ts';
import { shardLimits } from '../../../edge/jobs/shard-plan.ts';
import { fc } from '../../support/properties.ts';

test('an LRU keeps to its bound, forgets what was used longest ago, and what is too old', () => {
  const lru = createLru<string>({ maxWeight: 10, ttlMs: 100 });
  lru.set('a', 'A', 4, 0);
  lru.set('b', 'B', 4, 0);
  expect(lru.get('a', 1)).toBe('A');
  lru.set('c', 'C', 4, 1);
  expect([lru.get('a', 2), lru.get('b', 2), lru.get('c', 2)]).toEqual(['A', undefined, 'C']);
  lru.set('huge', 'H', 11, 2);
  expect([lru.get('huge', 2), lru.weight]).toEqual([undefined, 8]);
  expect([lru.get('a', 100), lru.get('c', 100), lru.weight]).toEqual([undefined, 'C', 4]);
  lru.set('d', 'D', 4, 100);
  lru.makeRoom(2);
  expect(lru.weight).toBe(8);
  lru.makeRoom(3);
  expect([lru.has('c'), lru.has('d'), lru.weight]).toEqual([false, true, 4]);
  lru.makeRoom(11);
  expect(lru.weight).toBe(4);
  lru.makeRoom(10);
  expect(lru.weight).toBe(0);
});

test('a merge tree takes every file once and ends in one, with groups of bounded size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (count) => {
      const levels = mergeLevels(count);
      let left = count;
      for (const sizes of levels) {
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(left);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(mergeFanIn);
        left = sizes.length;
      }
      expect(left).toBe(1);
    }),
  );
});

test('shards stay as small as set while they are few, grow with the pictures, and stop growing', () => {
  const limits = { maxItems: 128, maxBytes: 1000 };
  const itemsFor = (pictures: number) => shardLimits(limits, pictures).maxItems;
  expect([1, 4096, 8192, 10_000_000].map(itemsFor)).toEqual([128, 128, 256, 1024]);
  expect(shardLimits({ ...limits, maxItems: 2000 }, 10_000_000).maxItems).toBe(2000);
  expect(shardLimits({ ...limits, maxItems: 8 }, 4096)).toEqual({ ...limits, maxItems: 8 });
});

test('groups cover all tasks once, in no more groups than asked', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.integer({ min: 1, max: 50 }), (count, maxGroups) => {
      const groups = groupEvenly(count, maxGroups);
      expect(groups.length).toBeLessThanOrEqual(maxGroups);
      const covered = groups.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
      expect(covered).toEqual(Array.from({ length: count }, (_, i) => i));
    }),
  );
});

test('after a task that ends badly no further one starts', async () => {
  const started: number[] = [];
  const outcome = await inParallel<number>(10, 1, async (index) => {
    started.push(index);
    return index === 2 ? stopped : { ok: true, value: index };
  });
  expect([outcome, started]).toEqual([stopped, [0, 1, 2]]);
});

test('a task that throws keeps further ones from starting, and is told of once those under way have ended', async () => {
  const events: string[] = [];
  const other = Promise.withResolvers<void>();
  const outcome = inParallel(10, 2, async (index) => {
    events.push(`start ${index}`);
    if (index === 0) throw new Error('thrown');
    await other.promise;
    events.push(`end ${index}`);
    return { ok: true, value: index };
  }).catch((thrown: unknown) => void events.push(String(thrown)));
  setImmediate(() => other.resolve());
  await outcome;
  expect(events).toEqual(['start 0', 'start 1', 'end 1', 'Error: thrown']);
});

test('tallies of shards add up to the tally of all, in any order', () => {
  const answer = fc.record({
    label: fc.constantFrom('x', 'y'),
    probability: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const picture = fc.record({
    itemId: fc.uuid(),
    sha256: fc.constant('0'.repeat(64)),
    environment: fc.constantFrom('e', 'f', '__proto__'),
    class: fc.constantFrom('x', 'y', 'constructor'),
    clip: answer,
    projection: answer,
  });
  fc.assert(
    fc.property(fc.array(picture, { minLength: 1, maxLength: 30 }), fc.nat(30), (pictures, cut) => {
      const tallyOf = (some: typeof pictures) => {
        const tally = emptyTally();
        for (const one of some) addPicture(tally, one, one.projection.probability - one.clip.probability);
        return tally;
      };
      const report = (tally: ReturnType<typeof emptyTally>) =>
        reportOf(tally, { model: 'm', head: 'zero-shot' });
      const whole = report(tallyOf(pictures));
      const parts = report(addTallies(tallyOf(pictures.slice(cut)), tallyOf(pictures.slice(0, cut))));
      expect(whole.pictures).toBe(pictures.length);
      expect(parts.flips).toEqual(whole.flips);
      expect(parts.mostCorrected).toEqual(whole.mostCorrected);
      expect(parts.environments.map(({ name, pictures: n }) => [name, n])).toEqual(
        whole.environments.map(({ name, pictures: n }) => [name, n]),
      );
      expect(parts.macro.projection.accuracy).toBeCloseTo(whole.macro.projection.accuracy, 12);
      expect(parts.environments.map(({ difference }) => difference)).toEqual(
        whole.environments.map(({ difference }) => difference),
      );
    }),
  );
});

test('an evaluation says by how much each environment differs and how sure that is; equal answers leave one picture of doubt', () => {
  const answers = (environment: string, clip: string, projection: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      itemId: `${environment}-${index}`,
      sha256: '0'.repeat(64),
      environment,
      class: 'x',
      clip: { label: clip, probability: 0.5 },
      projection: { label: projection, probability: 0.5 },
    }));
  const tally = emptyTally();
  const pictures = [
    ...answers('same', 'x', 'x', 10),
    ...answers('better', 'y', 'x', 4),
    ...answers('better', 'x', 'y', 1),
    ...answers('better', 'x', 'x', 5),
  ];
  for (const picture of pictures) addPicture(tally, picture, 0);
  const { environments, macro } = reportOf(tally, { model: 'm', head: 'zero-shot' });
  const better = Math.sqrt((0.5 - 0.3 ** 2) / 9 + 0.1 ** 2);
  expect(environments.map(({ name, difference }) => [name, difference])).toEqual([
    ['better', { accuracy: expect.closeTo(0.3, 12), standardError: expect.closeTo(better, 12) }],
    ['same', { accuracy: 0, standardError: 0.1 }],
  ]);
  expect(macro.difference).toEqual({
    accuracy: expect.closeTo(0.15, 12),
    standardError: expect.closeTo(Math.hypot(better, 0.1) / 2, 12),
  });
});

test('an evaluation of which an earlier version tallied a part says no difference there', () => {
  const tally = emptyTally();
  const answer = { label: 'x', probability: 0.5 };
  const picture = { itemId: 'i', sha256: '0'.repeat(64), environment: 'e', class: 'x' };
  addPicture(tally, { ...picture, clip: answer, projection: answer }, 0);
  const [name, own] = tally.environments[0] ?? [];
  if (name === undefined || own === undefined) throw new Error('nothing was tallied');
  const { turned: _, ...before } = own;
  const sum = addTallies(tally, { ...emptyTally(), environments: [[name, before]] });
  const { environments, macro } = reportOf(sum, { model: 'm', head: 'zero-shot' });
  expect([environments[0]?.pictures, environments[0]?.difference, macro.difference]).toEqual([
    2,
    undefined,
    undefined,
  ]);
});
