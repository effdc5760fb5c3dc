// Projections that are read whole: once for all who ask at once, and no more bytes of them together than an isolate has room for.

import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AppError } from '#shared/app-error.ts';
import { holdRowsWith } from '#shared/math/kernels/held-rows.ts';
import { ok, type Result } from '#shared/result.ts';
import { createProjectionCache } from '../../../edge/cache/projection-cache.ts';
import { isolateTurns } from '../../../edge/clients/turns.ts';
import { isolateFileRoom } from '../../../edge/limits/file-room.ts';
import type { ProjectionRecord } from '../../../edge/stores/projection-record.ts';
import { artefactOf, smallArtefact } from '../../support/small-artefact.ts';

const kernels = await readFile(new URL('../../../edge/cache/kernels.wasm', import.meta.url));
const mebibyte = 1024 * 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a projection', () => {
  /** Each name has a version of so many bytes, by what its row says. */
  async function openCache(sizes: Readonly<Record<string, number>>) {
    const artefact = await smallArtefact();
    const reads = { all: 0, now: 0, most: 0 };
    const cache = createProjectionCache({
      projections: {
        find: async (_tenantId, selector) => {
          const { name } = selector as { readonly name: string };
          const record = { id: `prj_${name}`, name, version: 1, status: 'ready', artefactBytes: sizes[name] };
          return record as unknown as ProjectionRecord;
        },
      },
      bytes: {
        get: async () => {
          reads.all += 1;
          reads.now += 1;
          reads.most = Math.max(reads.most, reads.now);
          await new Promise((resolve) => setTimeout(resolve, 100));
          reads.now -= 1;
          return { bytes: artefact, tier: 'storage' };
        },
        put: async () => undefined,
        delete: async () => undefined,
      },
      fileRoom: isolateFileRoom(isolateTurns()),
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
    const { ask, reads } = await openCache({
      a: 20 * mebibyte,
      b: 20 * mebibyte,
      c: 30_000,
      d: 60 * mebibyte,
    });
    const large = Promise.all([ask('a'), ask('b'), ask('a', 'two'), ask('d', 'three')]);
    await vi.advanceTimersByTimeAsync(50);
    expect(reads.now).toBe(1);
    const small = ask('c');
    await vi.advanceTimersByTimeAsync(40);
    expect(reads.now).toBe(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await small).toBe('storage');
    expect(await large).toEqual(['storage', 'storage', 'storage', 'storage']);
    expect([reads.all, reads.most]).toEqual([5, 2]);
  });
});

const reading = (read = async (): Promise<Result<string, AppError>> => ok('read')) => ({
  known: () => undefined,
  read,
});
const never = new Promise<Result<string, AppError>>(() => undefined);

describe('projections in memory', () => {
  /** Each weighs some 2 MiB, of which half the bound holds nine. */
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
      fileRoom: isolateFileRoom(isolateTurns()),
      holdRows: holdRowsWith(new WebAssembly.Module(kernels)),
    });
    const ask = (tenant: string, name: string) => cache.get(tenant, name, () => undefined, 0);
    const held = (tenant: string, names: readonly string[]) =>
      names.filter((name) => cache.peek(tenant, name, 1) !== undefined);
    return { ask, held };
  }

  test('of one tenant put those of another out never, and its own oldest only while another’s are there', async () => {
    vi.useRealTimers();
    const { ask, held } = await openCache();
    const many = Array.from({ length: 12 }, (_, index) => `many${index}`);
    for (const name of many) await ask('one', name);
    expect(held('one', many)).toEqual(many);
    await ask('two', 'few');
    for (const name of many) await ask('one', `${name}x`);
    expect(held('two', ['few'])).toEqual(['few']);
    expect(held('one', many)).toEqual([]);
    const kept = held(
      'one',
      many.map((name) => `${name}x`),
    );
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.length).toBeLessThan(12);
    expect(kept).toEqual(many.slice(-kept.length).map((name) => `${name}x`));
  });
});

describe('the room for files', () => {
  test('is told to be full after some seconds, and is not kept by what was never heard of again', async () => {
    const room = isolateFileRoom(isolateTurns());
    const file = (key: string) => ({ tenantId: key, key, bytes: 30 * mebibyte });
    const lost = room.hold(
      file('lost'),
      reading(() => never),
    );
    const refused = room.hold(file('early'), reading());
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await refused).toMatchObject({ ok: false, error: { code: 'busy' } });
    await vi.advanceTimersByTimeAsync(10_000);
    const later = room.hold(file('late'), reading());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await later).toEqual(ok('read'));
    expect(await Promise.race([lost, Promise.resolve('still waiting')])).toBe('still waiting');
  });

  test('lets who waited for a turn for long go on without one', async () => {
    const room = isolateFileRoom(isolateTurns());
    const file = { tenantId: 'one', key: 'same', bytes: 1000 };
    void room.hold(
      file,
      reading(() => never),
    );
    const next = room.hold(file, reading());
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await next).toEqual(ok('read'));
  });
});
