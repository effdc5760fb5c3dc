// How long anything revoked or deleted may still be answered, by a clock that the test holds. Several isolates are played by
// several sets of the edge's own caches in this process, on the database, bucket and Cache API of a real edge; the
// change itself is made through that edge, so that none of these isolates hears of it.

import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { Response as SimulatorResponse } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyCreated } from '#shared/contracts/tenant.ts';
import { createProjectionCache } from '../../../edge/cache/projection-cache.ts';
import { createTieredBytes, type EdgeCache, type TieredBytes } from '../../../edge/cache/tiered-bytes.ts';
import { isolateFileRoom } from '../../../edge/limits/file-room.ts';
import { createKeyStore } from '../../../edge/stores/key-store.ts';
import { objectKeys } from '../../../edge/stores/object-keys.ts';
import { createObjectStore } from '../../../edge/stores/object-store.ts';
import { createProjectionStore } from '../../../edge/stores/projection-store.ts';
import { createKeyVerifier, keyTtlMs } from '../../../edge/use-cases/verify-key.ts';
import { type Edge, openEdge, testSecrets } from '../../support/edge.ts';
import { adminHeaders, makeTenant, sendJson, type TestTenant } from '../../support/edge-callers.ts';
import { smallArtefact } from '../../support/small-artefact.ts';

// As the API's documents state them.
const statedKeyMs = 30_000;
const statedProjectionMs = 5_000;

let edge: Edge;
let tenant: TestTenant;
let database: D1Database;
let bytes: TieredBytes;

beforeAll(async () => {
  edge = await openEdge();
  tenant = await makeTenant(edge, 'refused in time');
  database = (await edge.miniflare.getD1Database('DB')) as unknown as D1Database;
  const bucket = (await edge.miniflare.getR2Bucket('BUCKET')) as unknown as R2Bucket;
  bytes = createTieredBytes({
    objects: createObjectStore(bucket),
    cache: await simulatedCache(edge),
    maxAgeSeconds: 86_400,
  });
});
afterAll(() => edge?.close());

/** The edge's Cache API, which takes only responses of its own make. */
async function simulatedCache({ miniflare }: Edge): Promise<() => EdgeCache> {
  const cache = (await miniflare.getCaches()).default;
  return () => ({
    match: async (url) => (await cache.match(url)) as Response | undefined,
    put: async (url, response) => {
      const headers = Object.fromEntries(response.headers);
      await cache.put(url, new SimulatorResponse(await response.arrayBuffer(), { headers }));
    },
    delete: (url) => cache.delete(url),
  });
}

describe('a projection', () => {
  const later: Promise<unknown>[] = [];
  const openIsolate = () =>
    createProjectionCache({
      projections: createProjectionStore(database),
      bytes,
      fileRoom: isolateFileRoom(),
    });
  type Isolate = ReturnType<typeof openIsolate>;

  /** Which tier answers, or why none does. As a request does it: at once from memory, else through the tiers. */
  async function ask(isolate: Isolate, selector: string, nowMs: number): Promise<string> {
    const now = isolate.peek(tenant.id, selector, nowMs);
    if (now !== undefined) return `${now.projection.version} from ${now.tier}`;
    const found = await isolate.get(tenant.id, selector, (work) => later.push(work), nowMs);
    await Promise.all(later.splice(0));
    return found.ok ? `${found.value.projection.version} from ${found.value.tier}` : found.error.code;
  }

  async function publish(name: string): Promise<string> {
    const response = await edge.fetch(`/v1/projections/artefacts?name=${name}`, {
      method: 'POST',
      headers: { ...tenant.headers, 'content-type': 'application/octet-stream' },
      body: await smallArtefact(),
    });
    return ((await response.json()) as { id: string }).id;
  }

  it('that is deleted is refused in time, whatever tier of whatever isolate still holds it', async () => {
    const id = await publish('deleted');
    const selectors = ['deleted', 'deleted@1', id];
    const [warm, second, cold] = [openIsolate(), openIsolate(), openIsolate()];
    expect(await ask(warm, 'deleted', 0)).toBe('1 from storage');
    expect(await ask(second, 'deleted', 0)).toBe('1 from cache');
    for (const selector of selectors) {
      expect(await ask(warm, selector, 0)).toBe('1 from memory');
      expect(await ask(second, selector, 0)).toBe('1 from memory');
    }
    expect((await tenant.send('DELETE', `/v1/projections/${id}`)).status).toBe(204);
    // A copy in another location's Cache API, and one in storage that came late: worse than can be.
    const key = objectKeys.artefact(tenant.id, id);
    await bytes.put(key, await smallArtefact());
    expect((await bytes.get(key, () => undefined))?.tier).toBe('cache');

    for (const selector of selectors) {
      expect(await ask(cold, selector, 1), 'an isolate that had never heard of it').toBe('not-found');
      expect(await ask(warm, selector, 1), 'still allowed').toBe('1 from memory');
      for (const isolate of [warm, second, cold]) {
        expect(await ask(isolate, selector, statedProjectionMs)).toBe('not-found');
      }
    }
  });

  it('that is deleted under steady traffic is refused in time', async () => {
    const id = await publish('steady');
    const isolate = openIsolate();
    const answers: string[] = [];
    const deletedAtMs = 7_300;
    for (let nowMs = 0; nowMs <= deletedAtMs + statedProjectionMs; nowMs += 100) {
      if (nowMs === deletedAtMs) await tenant.send('DELETE', `/v1/projections/${id}`);
      answers.push(await ask(isolate, 'steady', nowMs));
    }
    expect(answers.slice(0, deletedAtMs / 100)).not.toContain('not-found');
    expect(answers.at(-1)).toBe('not-found');
    const refusedFrom = answers.indexOf('not-found');
    expect(new Set(answers.slice(refusedFrom)), 'and never again').toEqual(new Set(['not-found']));
  });

  it('whose name is moved answers by the other version in time', async () => {
    await publish('moved');
    const isolate = openIsolate();
    expect(await ask(isolate, 'moved', 0)).toBe('1 from storage');
    await publish('moved');
    expect(await ask(isolate, 'moved', 1)).toBe('1 from memory');
    expect(await ask(isolate, 'moved', statedProjectionMs)).toBe('2 from storage');
    expect(await ask(isolate, 'moved@1', statedProjectionMs)).toBe('1 from memory');
  });
});

describe('a key', () => {
  /** As services.ts makes it. */
  const openIsolate = () =>
    createKeyVerifier({
      keys: createKeyStore(database),
      environment: 'dev',
      peppers: [testSecrets.KEY_PEPPER],
      ttlMs: keyTtlMs,
      maxEntries: 100,
    });

  const changes: Record<string, (key: KeyCreated) => Promise<Response>> = {
    revoked: ({ id }) => tenant.send('DELETE', `/v1/keys/${id}`),
    disabled: ({ id }) => tenant.send('PATCH', `/v1/keys/${id}`, { disabled: true }),
    'rotated without grace': ({ id }) => tenant.send('POST', `/v1/keys/${id}/rotate`, { graceSeconds: 0 }),
    'of a suspended tenant': () =>
      sendJson(edge, 'PATCH', `/v1/admin/tenants/${tenant.id}`, adminHeaders, { suspended: true }),
  };

  it.each(Object.entries(changes))('%s is refused in time by every isolate', async (_how, change) => {
    const made = await tenant.send('POST', '/v1/keys', { name: 'short-lived' });
    const created = KeyCreated.parse(await made.json());
    const isolates = [openIsolate(), openIsolate()];
    const startMs = Date.now();
    const accepts = async (afterMs: number) =>
      Promise.all(isolates.map(async (isolate) => (await isolate.verify(created.key, startMs + afterMs)).ok));
    expect(await accepts(0)).toEqual([true, true]);
    expect((await change(created)).ok).toBe(true);
    expect(await accepts(1), 'still allowed').toEqual([true, true]);
    expect(await accepts(statedKeyMs)).toEqual([false, false]);
  });
});
