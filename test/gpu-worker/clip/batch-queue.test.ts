// The order of work: interactive rows ahead, bulk batches short, nothing done for callers who left.

import { describe, expect, test } from 'vitest';
import { createCallers } from '#shared/callers.ts';
import { createBatchQueue } from '../../../gpu-worker/clip/batch-queue.ts';
import type { QueuedTower } from '../../../gpu-worker/clip/run-batch.ts';

/** A tower that doubles its one input, notes each batch, and runs when told to. */
function manualTower({ batchInvariant = true, sessions = 1 } = {}) {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  const tower: QueuedTower = {
    embeddingDimension: 1,
    batchInvariant,
    sessions,
    async run(input) {
      batches.push([...input].map(Number));
      await new Promise<void>((resolve) => gates.push(resolve));
      return { output: Float32Array.from([...input], (value) => 2 * Number(value)), runMs: 1 };
    },
  };
  return { tower, batches, finishBatch: () => gates.shift()?.() };
}

const row = (value: number) => Float32Array.of(value);
const settled = () => new Promise((resolve) => setImmediate(resolve));
const bulk = { lane: 'bulk' } as const;
const interactive = { lane: 'interactive' } as const;

function settings(maxInteractiveStreak = 8) {
  return { maxBatch: { interactive: 4, bulk: 2 }, maxInteractiveStreak };
}

/** A tower that remembers how many rows each batch had, and says how long it took. */
function countingTower(runMs: (rows: number) => number): { sizes: number[]; tower: QueuedTower } {
  const sizes: number[] = [];
  const tower: QueuedTower = {
    embeddingDimension: 1,
    batchInvariant: true,
    sessions: 1,
    async run(input) {
      sizes.push(input.length);
      return { output: Float32Array.from([...input], Number), runMs: runMs(input.length) };
    },
  };
  return { sizes, tower };
}

describe('a batch queue', () => {
  test('joins rows that come together and gives each its own answer', async () => {
    const { tower, batches, finishBatch } = manualTower();
    const queue = createBatchQueue(settings());
    const answers = Promise.all([1, 2, 3].map((value) => queue.run(tower, row(value), interactive)));
    await settled();
    finishBatch();
    expect((await answers).map(([value]) => value)).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test('lets a waiting caller wait for one short bulk batch at most', async () => {
    const { tower, batches, finishBatch } = manualTower();
    const queue = createBatchQueue(settings());
    const all = [10, 11, 12, 13, 14].map((value) => queue.run(tower, row(value), bulk));
    await settled();
    all.push(queue.run(tower, row(1), interactive));
    for (let i = 0; i < 4; i++) {
      finishBatch();
      await settled();
    }
    await Promise.all(all);
    expect(batches).toEqual([[10, 11], [1], [12, 13], [14]]);
  });

  test('fills a batch of bulk rows while more of them come, and runs what there is when none do', async () => {
    const { tower, batches, finishBatch } = manualTower();
    const queue = createBatchQueue(settings());
    const haveCome = [1, 2, 3].map(() => queue.expect('bulk'));
    const all: Promise<unknown>[] = [];
    for (const [index, hasCome] of haveCome.entries()) {
      all.push(queue.run(tower, row(index + 1), bulk));
      hasCome();
      await settled();
      finishBatch();
      await settled();
    }
    await Promise.all(all);
    expect(batches).toEqual([[1, 2], [3]]);
  });

  test('lets no bulk row wait for more while callers are about', async () => {
    const { tower, batches, finishBatch } = manualTower();
    const callers = createCallers();
    const queue = createBatchQueue({ ...settings(), callers });
    queue.expect('bulk');
    callers.come();
    const answer = queue.run(tower, row(1), bulk);
    await settled();
    finishBatch();
    await answer;
    expect(batches).toEqual([[1]]);
  });

  test('gives bulk batches fewer rows where a row takes long', async () => {
    const { sizes, tower } = countingTower((rows) => 30 * rows);
    const queue = createBatchQueue(settings());
    await Promise.all([1, 2, 3, 4].map((value) => queue.run(tower, row(value), bulk)));
    await Promise.all([1, 2, 3].map((value) => queue.run(tower, row(value), interactive)));
    expect(sizes).toEqual([2, 1, 1, 3]);
  });

  test('gives bulk batches fewer rows while callers are about', async () => {
    const { sizes, tower } = countingTower((rows) => 5 * rows);
    let isAbout = false;
    const queue = createBatchQueue({
      maxBatch: { interactive: 4, bulk: 4 },
      callers: { come: () => undefined, areAbout: () => isAbout },
    });
    const runFour = () => Promise.all([1, 2, 3, 4].map((value) => queue.run(tower, row(value), bulk)));
    await runFour();
    isAbout = true;
    await runFour();
    isAbout = false;
    await runFour();
    expect(sizes).toEqual([4, 2, 2, 4]);
  });

  test('gives bulk batches of a fast model fewer rows, too, while callers are about', async () => {
    const { sizes, tower } = countingTower(() => 0.1);
    let isAbout = false;
    const queue = createBatchQueue({
      maxBatch: { interactive: 4, bulk: 4 },
      maxBesideCallers: 2,
      callers: { come: () => undefined, areAbout: () => isAbout },
    });
    const runFour = () => Promise.all([1, 2, 3, 4].map((value) => queue.run(tower, row(value), bulk)));
    await runFour();
    isAbout = true;
    await runFour();
    expect(sizes).toEqual([4, 2, 2]);
  });

  test("lets callers' rows wait for company while many more are about to come, and not for those that never do", async () => {
    const { tower, batches, finishBatch } = manualTower();
    const queue = createBatchQueue(settings());
    const coming = Array.from({ length: 18 }, () => queue.expect('interactive'));
    const all: Promise<Float32Array>[] = [];
    const come = async (value: number) => {
      all.push(queue.run(tower, row(value), interactive));
      coming.pop()?.();
      await settled();
    };
    await come(1);
    await come(2);
    expect(batches).toEqual([[1, 2]]);
    finishBatch();
    await settled();
    await come(3);
    expect(batches).toEqual([[1, 2]]);
    for (const hasCome of coming) hasCome();
    await settled();
    expect(batches).toEqual([[1, 2], [3]]);
    finishBatch();
    await Promise.all(all);
  });

  test('lets a row leave at once where few others are about to come, or bulk rows are there', async () => {
    const few = manualTower();
    const queue = createBatchQueue(settings());
    for (let i = 0; i < 8; i++) queue.expect('interactive');
    const alone = queue.run(few.tower, row(1), interactive);
    await settled();
    expect(few.batches).toEqual([[1]]);
    few.finishBatch();
    await alone;
    for (let i = 0; i < 100; i++) queue.expect('interactive');
    const all = [queue.run(few.tower, row(2), interactive), queue.run(few.tower, row(3), bulk)];
    await settled();
    few.finishBatch();
    await settled();
    few.finishBatch();
    await Promise.all(all);
    expect(few.batches).toEqual([[1], [2], [3]]);
  });

  test('lets one bulk batch through after a streak of interactive ones', async () => {
    const { tower, batches, finishBatch } = manualTower();
    const queue = createBatchQueue(settings(2));
    const answers = [queue.run(tower, row(50), bulk)];
    for (let value = 1; value < 13; value++) answers.push(queue.run(tower, row(value), interactive));
    for (let i = 0; i < 4; i++) {
      await settled();
      finishBatch();
    }
    await Promise.all(answers);
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 1, 4]);
  });

  test('drops rows of callers who left before their batch', async () => {
    const { tower, batches, finishBatch } = manualTower();
    const queue = createBatchQueue(settings());
    const leaving = new AbortController();
    const first = queue.run(tower, row(1), interactive);
    await settled();
    const dropped = queue.run(tower, row(2), { ...interactive, signal: leaving.signal });
    const kept = queue.run(tower, row(3), interactive);
    leaving.abort(new Error('left'));
    finishBatch();
    await first;
    await expect(dropped).rejects.toThrow('left');
    finishBatch();
    await kept;
    expect(batches).toEqual([[1], [3]]);
    expect(queue.depth()).toBe(0);
  });

  test('keeps rows of different towers in different batches', async () => {
    const a = manualTower();
    const b = manualTower();
    const queue = createBatchQueue(settings());
    const answers = [
      queue.run(a.tower, row(1), interactive),
      queue.run(b.tower, row(2), interactive),
      queue.run(a.tower, row(3), interactive),
    ];
    await settled();
    a.finishBatch();
    await settled();
    b.finishBatch();
    await Promise.all(answers);
    expect([a.batches, b.batches]).toEqual([[[1, 3]], [[2]]]);
  });

  test('fails the rows of a batch that fails, and goes on', async () => {
    const queue = createBatchQueue(settings());
    let runs = 0;
    const tower: QueuedTower = {
      embeddingDimension: 1,
      batchInvariant: true,
      sessions: 1,
      run: async (input) => {
        if (runs++ === 0) throw new Error('out of memory');
        return { output: Float32Array.from([...input], Number), runMs: 0 };
      },
    };
    await expect(queue.run(tower, row(1), interactive)).rejects.toThrow('out of memory');
    expect(await queue.run(tower, row(2), interactive)).toEqual(row(2));
  });

  test('takes rows in turn over the tenants, so that a newcomer is in the next batch', async () => {
    const { tower, batches, finishBatch } = manualTower();
    const queue = createBatchQueue(settings());
    const as = (tag: string) => ({ ...interactive, party: { tag, weight: 1 } });
    const all = Array.from({ length: 12 }, (_, i) => queue.run(tower, row(i + 1), as('many')));
    await settled();
    all.push(queue.run(tower, row(99), as('one')));
    for (let i = 0; i < 4; i++) {
      finishBatch();
      await settled();
    }
    await Promise.all(all);
    expect(batches.findIndex((batch) => batch.includes(99))).toBe(1);
  });

  test('lets no row wait for what another tenant is about to send', async () => {
    const { tower, batches, finishBatch } = manualTower();
    const queue = createBatchQueue(settings());
    const as = (tag: string) => ({ ...interactive, party: { tag, weight: 1 } });
    for (let i = 0; i < 64; i++) queue.expect('interactive', { tag: 'many', weight: 1 });
    const waiting = queue.run(tower, row(1), as('many'));
    await settled();
    expect(batches).toEqual([]);
    const other = queue.run(tower, row(2), as('few'));
    await settled();
    expect(batches).toEqual([[1, 2]]);
    finishBatch();
    await Promise.all([waiting, other]);
  });

  test('lets nobody bear the fault of a row in the same batch', async () => {
    const sizes: number[] = [];
    const tower: QueuedTower = {
      embeddingDimension: 1,
      batchInvariant: true,
      sessions: 1,
      async run(input) {
        const values = [...input].map(Number);
        sizes.push(values.length);
        if (values.includes(13)) throw new Error('this row breaks the runtime');
        const spoilt = values.includes(7);
        return { output: Float32Array.from(values, (value) => (spoilt ? Number.NaN : value)), runMs: 1 };
      },
    };
    const queue = createBatchQueue(settings());
    const spoiling = await Promise.all([1, 7, 2].map((value) => queue.run(tower, row(value), interactive)));
    expect(spoiling.map(([value]) => value)).toEqual([1, Number.NaN, 2]);
    const breaking = await Promise.allSettled([3, 13, 4].map((value) => queue.run(tower, row(value), bulk)));
    expect(breaking.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(sizes.filter((size) => size > 1)).toHaveLength(2);
  });

  test('always runs one size where a result would depend on it', async () => {
    const { tower, batches, finishBatch } = manualTower({ batchInvariant: false });
    const queue = createBatchQueue(settings());
    const answer = queue.run(tower, row(7), bulk);
    await settled();
    finishBatch();
    expect(await answer).toEqual(row(14));
    expect(batches).toEqual([[7, 0, 0, 0]]);
  });

  test('runs as many batches at once as the tower has sessions and there are whole ones', async () => {
    const { tower, batches, finishBatch } = manualTower({ sessions: 2 });
    const queue = createBatchQueue(settings());
    const all = [1, 2, 3, 4, 5].map((value) => queue.run(tower, row(value), bulk));
    await settled();
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    finishBatch();
    await settled();
    expect(batches).toHaveLength(2);
    finishBatch();
    await settled();
    expect(batches[2]).toEqual([5]);
    finishBatch();
    expect(await Promise.all(all)).toEqual([2, 4, 6, 8, 10].map(row));
  });

  test("lets bulk rows have the session that a caller's row waits beside", async () => {
    const { tower, batches, finishBatch } = manualTower({ sessions: 2 });
    const queue = createBatchQueue(settings());
    const all = [queue.run(tower, row(1), interactive)];
    await settled();
    all.push(queue.run(tower, row(2), interactive));
    await settled();
    expect(batches).toEqual([[1]]);
    all.push(queue.run(tower, row(10), bulk));
    await settled();
    expect(batches).toEqual([[1], [10]]);
    finishBatch();
    await settled();
    expect(batches).toEqual([[1], [10], [2]]);
    finishBatch();
    finishBatch();
    await Promise.all(all);
  });

  test('keeps a session free of bulk work while callers are about', async () => {
    const { tower, batches, finishBatch } = manualTower({ sessions: 2 });
    const callers = createCallers();
    const queue = createBatchQueue({ ...settings(), callers });
    callers.come();
    const all = [10, 11, 12, 13].map((value) => queue.run(tower, row(value), bulk));
    await settled();
    expect(batches).toEqual([[10, 11]]);
    all.push(queue.run(tower, row(1), interactive));
    await settled();
    expect(batches).toEqual([[10, 11], [1]]);
    for (let i = 0; i < 3; i++) {
      finishBatch();
      await settled();
    }
    await Promise.all(all);
    expect(batches).toEqual([[10, 11], [1], [12, 13]]);
  });

  test('comes to a tower of one session although another of several is never idle', async () => {
    const many = manualTower({ sessions: 2 });
    const lone = manualTower();
    const queue = createBatchQueue(settings());
    const runAll = (values: number[]) =>
      values.map((value) => queue.run(many.tower, row(value), interactive));
    const all = runAll([1, 2, 3, 4]);
    await settled();
    all.push(queue.run(lone.tower, row(5), interactive), ...runAll([6, 7]));
    await settled();
    expect(lone.batches).toEqual([]);
    expect(many.batches).toHaveLength(1);
    many.finishBatch();
    await settled();
    expect(lone.batches).toEqual([[5]]);
    lone.finishBatch();
    await settled();
    many.finishBatch();
    await Promise.all(all);
  });
});
