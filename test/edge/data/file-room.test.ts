// Projections that are read whole: once for all who ask at once, and no more bytes of them together than an isolate has room for.

import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AppError, appError } from '#shared/app-error.ts';
import { holdRowsWith } from '#shared/math/kernels/held-rows.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { createProjectionCache } from '../../../edge/cache/projection-cache.ts';
import { isolateFileRoom } from '../../../edge/limits/file-room.ts';
import type { ProjectionRecord } from '../../../edge/stores/projection-record.ts';
import { readRecord } from '../../../edge/use-cases/decide-release.ts';
import { letGo } from '../../../edge/use-cases/move-name.ts';
import { artefactOf, smallArtefact } from '../../support/small-artefact.ts';

const kernels = await readFile(new URL('../../../edge/cache/kernels.wasm', import.meta.url));
const mebibyte = 1024 * 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a projection', () => {
  /** Each name has a version of so many bytes, by what its row says. */
  async function openCache(sizes: Readonly<Record<string, number>>) {
    const artefact = await smallArtefact();
    const reads = { all: 0, largeNow: 0, mostLarge: 0 };
    const cache = createProjectionCache({
      projections: {
        find: async (_tenantId, selector) => {
          const { name } = selector as { readonly name: string };
          const record = { id: `prj_${name}`, name, version: 1, status: 'ready', artefactBytes: sizes[name] };
          return record as unknown as ProjectionRecord;
        },
      },
      bytes: {
        get: async (key) => {
          const isLarge = Object.entries(sizes).some(
            ([name, size]) => key.includes(`prj_${name}`) && size > mebibyte,
          );
          reads.all += 1;
          reads.largeNow += Number(isLarge);
          reads.mostLarge = Math.max(reads.mostLarge, reads.largeNow);
          await new Promise((resolve) => setTimeout(resolve, 100));
          reads.largeNow -= Number(isLarge);
          return { bytes: artefact, tier: 'storage' };
        },
        put: async () => undefined,
        delete: async () => undefined,
      },
      fileRoom: isolateFileRoom(),
    });
    const ask = async (name: string, tenant = 'one') => {
      const found = await cache.get(tenant, name, () => undefined, Date.now());
      return found.ok ? found.value.tier : found.error.code;
    };
    return { ask, reads };
  }

  test('that many ask for at once is read once, and the others find it in memory', async () => {
    const { ask, reads } = await openCache({ cold: mebibyte });
    const asking = Promise.all(Array.from({ length: 50 }, () => ask('cold')));
    await vi.advanceTimersByTimeAsync(100);
    expect((await asking).sort()).toEqual([...new Array(49).fill('memory'), 'storage']);
    expect(reads.all).toBe(1);
  });

  test('that is large waits for another large one; small ones wait for none', async () => {
    // The hashes of the files take time of their own, whatever a held clock says.
    vi.useRealTimers();
    const { ask, reads } = await openCache({
      a: 20 * mebibyte,
      b: 20 * mebibyte,
      c: 30_000,
      d: 60 * mebibyte,
    });
    const large = Promise.all([ask('a'), ask('b'), ask('a', 'two'), ask('d', 'three')]);
    const small = ask('c').then((tier) => `small from ${tier}`);
    expect(await Promise.race([small, large])).toBe('small from storage');
    expect(await large).toEqual(['storage', 'storage', 'storage', 'storage']);
    expect([reads.all, reads.mostLarge]).toEqual([5, 1]);
  });
});

describe('projections in memory', () => {
  /** Each weighs some 3 MiB, of which the bound holds eighteen. */
  async function openCache() {
    const labels = Array.from({ length: 1000 }, (_, index) => `label ${index}`);
    const artefact = await artefactOf({
      labels,
      templates: ['a {}'],
      head: {
        dimension: 500,
        logitScale: 100,
        projection: new Float32Array(500 * 500).fill(0.01),
        prototypes: new Float32Array(1000 * 500).fill(0.02),
      },
      mean: new Float32Array(500).fill(0.01),
      spectrum: [1],
    });
    const cache = createProjectionCache({
      projections: {
        find: async (_tenantId, selector) => {
          const { name } = selector as { readonly name: string };
          return {
            id: name,
            name,
            version: 1,
            status: 'ready',
            artefactBytes: 1000,
          } as unknown as ProjectionRecord;
        },
      },
      bytes: {
        get: async () => ({ bytes: artefact, tier: 'storage' }),
        put: async () => undefined,
        delete: async () => undefined,
      },
      fileRoom: isolateFileRoom(),
      holdRows: holdRowsWith(new WebAssembly.Module(kernels)),
    });
    const ask = (tenant: string, name: string) => cache.get(tenant, name, () => undefined, 0);
    const held = (tenant: string, names: readonly string[]) =>
      names.filter((name) => cache.peek(tenant, name, 1) !== undefined);
    return { ask, held };
  }

  const names = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}${index}`);

  test('of one tenant take the place of its own, and not of those that another has not used for long', async () => {
    vi.useRealTimers();
    const { ask, held } = await openCache();
    const others = names('others', 8);
    for (const name of others) await ask('two', name);
    const many = names('many', 40);
    for (const name of many) await ask('one', name);
    expect(held('two', others)).toEqual(others);
    const kept = held('one', many);
    expect(kept.length).toBeGreaterThan(6);
    expect(kept).toEqual(many.slice(-kept.length));
  });

  test('of one tenant may be more than its share where there is room', async () => {
    vi.useRealTimers();
    const { ask, held } = await openCache();
    await ask('two', 'few');
    const many = names('many', 14);
    for (const name of many) await ask('one', name);
    expect(held('one', many)).toEqual(many);
  });
});

const reading = (read = async (): Promise<Result<string, AppError>> => ok('read')) => ({
  known: () => undefined,
  read,
});

const never = new Promise<Result<string, AppError>>(() => undefined);

describe('the room for files', () => {
  test('is told to be full after some seconds, and is not kept by what was never heard of again', async () => {
    const room = isolateFileRoom();
    const file = (key: string) => ({ tenantId: key, key, bytes: 30 * mebibyte });
    let isLost = true;
    void room
      .hold(
        file('lost'),
        reading(() => never),
      )
      .then(() => {
        isLost = false;
      });
    const refused = room.hold(file('early'), reading());
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await refused).toMatchObject({ ok: false, error: { code: 'busy' } });
    await vi.advanceTimersByTimeAsync(10_000);
    const later = room.hold(file('late'), reading());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await later).toEqual(ok('read'));
    expect(isLost).toBe(true);
  });

  test('lets who waited for a turn for long go on without one, and who finds it done at once', async () => {
    const room = isolateFileRoom();
    const file = { tenantId: 'one', key: 'same', bytes: 1000 };
    void room.hold(
      file,
      reading(() => never),
    );
    const next = room.hold(file, reading());
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await next).toEqual(ok('read'));
    expect(await room.hold(file, { ...reading(), known: () => 'known' })).toEqual(ok('known'));
  });

  test('charges all who want one file once, and reads it once, however long it has to wait for others', async () => {
    const room = isolateFileRoom();
    const done = new Map<string, string>();
    let reads = 0;
    const ask = (key: string) =>
      room.hold(
        { tenantId: 'one', key, bytes: 28 * mebibyte },
        {
          known: () => done.get(key),
          read: async () => {
            reads += 1;
            await new Promise((resolve) => setTimeout(resolve, 2500));
            done.set(key, key);
            return ok(key);
          },
        },
      );
    const asking = Promise.all(['a', 'b', ...new Array<string>(50).fill('c')].map(ask));
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await asking).every(({ ok: isOk }) => isOk)).toBe(true);
    expect(reads).toBe(3);
  });

  test('refuses a tenant what would have to wait too long, and no other', async () => {
    const room = isolateFileRoom();
    const ask = (tenantId: string, key: string) =>
      room.hold({ tenantId, key, bytes: 30 * mebibyte }, reading());
    const asking = Promise.all(Array.from({ length: 12 }, (_, index) => ask('many', `${index}`)));
    await vi.advanceTimersByTimeAsync(30_000);
    const refused = (await asking).filter(({ ok: isOk }) => !isOk).length;
    expect(refused).toBeGreaterThan(3);
    expect(refused).toBeLessThan(10);
    expect(await ask('few', 'x')).toEqual(ok('read'));
  });
});

describe('what versions are compared by', () => {
  test('is read from one large file after the other', async () => {
    vi.useRealTimers();
    const artefact = await smallArtefact();
    let [now, most] = [0, 0];
    const sources = {
      artefactKey: (_: string, id: string) => id,
      fileRoom: isolateFileRoom(),
      objects: {
        size: async () => 20 * mebibyte,
        get: async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setTimeout(resolve, 20));
          now -= 1;
          return artefact;
        },
      },
    };
    const records = await Promise.all(['a', 'b', 'c'].map((id) => readRecord('one', id, sources)));
    expect(records.map((record) => record.ok && record.value?.header.labels)).toEqual(
      new Array(3).fill(['cat', 'dog']),
    );
    expect(most).toBe(1);
  });

  test('is looked at before a name is let go of: without room for that nothing changes', async () => {
    const meaning = { projectionId: 'prj_1', version: 1, pinned: true };
    const sources = {
      releases: {
        meaning: async () => meaning,
        newest: async () => ({ projectionId: 'prj_2', version: 2 }),
        unpin: () => expect.unreachable(),
      },
      artefactKey: (_: string, id: string) => id,
      objects: { size: async () => mebibyte, get: () => expect.unreachable() },
      fileRoom: { hold: async () => err(appError('busy', 'no room')) },
    };
    const act = { actor: 'key_1', requestId: 'req_1', nowMs: 0 };
    expect(await letGo('one', 'animals', sources as never, act)).toMatchObject({ error: { code: 'busy' } });
  });
});
