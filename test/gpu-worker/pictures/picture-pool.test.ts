// Picture threads: who goes first, who is dropped, and what a failure leaves behind.

import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { tooSlow } from '../../../gpu-worker/pictures/decode.ts';
import { openPicturePool, type PictureThread } from '../../../gpu-worker/pictures/picture-pool.ts';
import type { ViewPlan } from '../../../gpu-worker/pictures/prepare-views.ts';
import { pngBomb } from '../support/png-bomb.ts';

const photo = await readFile(new URL('../../fixtures/images/photo.jpg', import.meta.url));

const plan: ViewPlan = {
  preprocessing: {
    resize: { shorterSide: 8 },
    filter: 'bicubic',
    crop: { width: 8, height: 8 },
    rescale: 1 / 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  limits: { maxPixels: 1e8, maxBytes: 1e7, timeoutMs: 10_000 },
  plain: true,
  interventions: [],
  seed: 0,
  contentSha256: 'x',
};

const pool = openPicturePool(1);
afterAll(() => pool.close());

describe('a picture pool', () => {
  test('does not let a waiting caller wait for bulk pictures', async () => {
    await pool.prepare(photo, plan, { lane: 'interactive' });
    const finished: string[] = [];
    const bulk = Array.from({ length: 30 }, async () => {
      await pool.prepare(photo, plan, { lane: 'bulk' });
      finished.push('bulk');
    });
    await pool.prepare(photo, plan, { lane: 'interactive' });
    finished.push('interactive');
    await Promise.all(bulk);
    expect(finished.indexOf('interactive')).toBeLessThan(15);
  });

  test('lets a tenant wait for one picture of another at most, however many that has sent', async () => {
    const finished: string[] = [];
    const prepare = async (tag: string) => {
      await pool.prepare(photo, plan, { lane: 'bulk', party: { tag, weight: 1 } });
      finished.push(tag);
    };
    const many = Array.from({ length: 30 }, () => prepare('many'));
    await Promise.all([...many, prepare('one')]);
    expect(finished.indexOf('one')).toBeLessThan(5);
  });

  test('drops pictures whose caller left while they waited', async () => {
    const leaving = new AbortController();
    const first = pool.prepare(photo, plan, { lane: 'bulk' });
    const dropped = pool.prepare(photo, plan, { lane: 'bulk', signal: leaving.signal });
    const kept = pool.prepare(photo, plan, { lane: 'bulk' });
    leaving.abort(new Error('left'));
    await expect(dropped).rejects.toThrow('left');
    expect([(await first).ok, (await kept).ok]).toEqual([true, true]);
  });

  test('goes on after a bug in a thread', async () => {
    const impossible = { ...plan, preprocessing: { ...plan.preprocessing, filter: 'nearest' as 'box' } };
    await expect(pool.prepare(photo, impossible, { lane: 'bulk' })).rejects.toThrow();
    expect((await pool.prepare(photo, plan, { lane: 'bulk' })).ok).toBe(true);
  });

  test('lets nobody wait for large pictures but those who sent them', async () => {
    const finished: string[] = [];
    const prepare = async (name: string, bytes: Uint8Array, lane: 'interactive' | 'bulk') => {
      await pool.prepare(bytes, plan, { lane, onLarge: () => found.push(name) });
      finished.push(name);
    };
    const found: string[] = [];
    const bomb = pngBomb(8000, 8000);
    const large = [1, 2, 3].map(() => prepare('large', bomb, 'interactive'));
    await Promise.all([prepare('caller', photo, 'interactive'), prepare('bulk', photo, 'bulk')]);
    expect(finished.filter((name) => name === 'large').length).toBeLessThan(3);
    await Promise.all(large);
    expect(finished).toHaveLength(5);
    expect(found).toEqual(['large', 'large', 'large']);
  });

  test("takes the memory of bytes that are nobody else's, be the picture large or not, and leaves others'", async () => {
    for (const bytes of [photo, pngBomb(8000, 8000)].map((file) => Uint8Array.from(file))) {
      expect((await pool.prepare(bytes, plan, { lane: 'interactive' })).ok).toBe(true);
      expect(bytes.byteLength).toBeGreaterThan(0);
      expect((await pool.prepare(bytes, plan, { lane: 'interactive', ownsBytes: true })).ok).toBe(true);
      expect(bytes.byteLength).toBe(0);
    }
  });

  test('ends a picture that takes too long, says so, and goes on with another thread', async () => {
    const impatient = { ...plan, limits: { ...plan.limits, timeoutMs: 3 } };
    for (const lane of ['interactive', 'bulk'] as const) {
      expect(await pool.prepare(pngBomb(9000, 9000), impatient, { lane })).toMatchObject({
        ok: false,
        error: { code: 'unreadable-picture', detail: expect.stringContaining('longer than') },
      });
    }
    expect((await pool.prepare(pngBomb(6000, 6000), plan, { lane: 'bulk' })).ok).toBe(true);
    expect((await pool.prepare(photo, plan, { lane: 'interactive' })).ok).toBe(true);
  });
});

describe('the time for a picture', () => {
  afterEach(() => void vi.useRealTimers());

  /** What becomes of a picture that never ends, while the process is given so much of a processor. */
  function neverEnding(share: number) {
    vi.useFakeTimers();
    const open = (): PictureThread => ({
      call: () => new Promise(() => undefined),
      close: async () => undefined,
      interrupt: async () => undefined,
    });
    const startMs = Date.now();
    const starved = openPicturePool(1, { open, cpuMs: () => share * (Date.now() - startMs) });
    const ended = vi.fn();
    void starved.prepare(photo, plan, { lane: 'interactive' }).then(ended);
    return ended;
  }

  test('is counted from the clock while the worker has a processor', async () => {
    const ended = neverEnding(0.6);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(ended).toHaveBeenCalledWith({ ok: false, error: tooSlow(10_000) });
  });

  test('is longer on a machine that is busy with other things, and not without end', async () => {
    const ended = neverEnding(0.01);
    await vi.advanceTimersByTimeAsync(55_000);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(ended).toHaveBeenCalledWith({ ok: false, error: tooSlow(10_000) });
  });
});

describe('while callers are about', () => {
  /** Threads whose pictures are done when told to. */
  function heldPool(threadCount: number, areAbout: () => boolean) {
    const underWay: (() => void)[] = [];
    const open = (): PictureThread => ({
      call: () => new Promise((resolve) => underWay.push(() => resolve({ ok: false, error: tooSlow(1) }))),
      close: async () => undefined,
      interrupt: async () => undefined,
    });
    const held = openPicturePool(threadCount, { open, callers: { come: () => undefined, areAbout } });
    const send = (count: number, lane: 'interactive' | 'bulk') => {
      for (let sent = 0; sent < count; sent++) void held.prepare(photo, plan, { lane });
    };
    const finishOne = async () => {
      underWay.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { send, finishOne, underWay: () => underWay.length };
  }

  test('bulk pictures leave one thread idle, and take it once they are gone', async () => {
    let isAbout = true;
    const { send, finishOne, underWay } = heldPool(3, () => isAbout);
    send(10, 'bulk');
    expect(underWay()).toBe(2);
    await finishOne();
    expect(underWay()).toBe(2);
    isAbout = false;
    await finishOne();
    expect(underWay()).toBe(3);
  });

  test('bulk pictures go on where there is but one thread', () => {
    const { send, underWay } = heldPool(1, () => true);
    send(2, 'bulk');
    expect(underWay()).toBe(1);
  });

  test('callers take every thread that is there', () => {
    const { send, underWay } = heldPool(2, () => true);
    send(5, 'interactive');
    expect(underWay()).toBe(3);
  });
});
