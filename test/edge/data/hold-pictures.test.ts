// Pictures that are sent for: what the isolate holds of them at once, with a worker and a bucket that the test holds.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { sha256Hex } from '#shared/digest.ts';
import { err, ok } from '#shared/result.ts';
import { createGpuWorkerClient } from '../../../edge/clients/create-gpu-worker.ts';
import { createByteBudget } from '../../../edge/limits/byte-budget.ts';
import type { Charge } from '../../../edge/limits/quota-types.ts';
import { embedInputs } from '../../../edge/use-cases/embed-inputs.ts';
import type { EmbedSources } from '../../../edge/use-cases/embedded.ts';
import { type AskingForPictures, withFetched } from '../../../edge/use-cases/hold-pictures.ts';

const kibibyte = 1024;
const roomBytes = 700 * kibibyte;
const model = { id: 'm', revision: 'r' };
const target = { model, dimension: 2, pointerOf: () => '' };

/** A PNG by its beginning, another one for each name. */
function pictureOf(name: string, bytes: number): Uint8Array<ArrayBuffer> {
  const picture = new Uint8Array(bytes);
  picture.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 0);
  picture.set(new TextEncoder().encode(name), 64);
  return picture;
}

function openScene(bytesOf: (name: string) => number) {
  let [held, most, calls] = [0, 0, 0];
  const made: Uint8Array[] = [];
  const waiting: (() => void)[] = [];
  const make = (name: string) => {
    const picture = pictureOf(name, bytesOf(name));
    made.push(picture);
    return picture;
  };
  const budget = createByteBudget({
    maxBytes: roomBytes,
    maxBytesOfOwner: roomBytes,
    waitMs: 2000,
    forgottenAfterMs: 60_000,
    now: () => Date.now(),
    // While pictures are dealt with, until there is room again: however long that takes, nobody has waited too long for it.
    sleep: () =>
      new Promise((resolve) => {
        if (held > 0) waiting.push(resolve);
        else setTimeout(resolve, 1);
      }),
  }).open('tenant');
  const room = {
    take: async (bytes: number) => {
      const taken = await budget.take(bytes);
      if (taken) held += bytes;
      most = Math.max(most, held);
      return taken;
    },
    giveBack: (bytes: number) => {
      held -= bytes;
      budget.giveBack(bytes);
      for (const wake of waiting.splice(0)) wake();
    },
  };
  const charge: Charge = (_amounts, work) => work();
  const asking = {
    tenantId: 'tenant',
    nowMs: 0,
    later: (work) => void work,
    context: { lane: 'interactive' },
    charge,
    count: () => undefined,
    beforeWork: () => undefined,
    share: { ...room, turn: async () => () => undefined },
  } satisfies AskingForPictures;
  const sources = {
    embeddings: {
      find: async () => ({ known: new Map(), failed: new Map(), notAsked: new Set() }),
      put: async () => undefined,
    },
    items: {
      pictures: async (_tenant, hashes) =>
        new Map(hashes.map((sha256) => [sha256, { sha256, bytes: bytesOf(sha256), storageKey: sha256 }])),
    },
    objects: { get: async (key) => make(key) },
    worker: {
      fetchUrl: async ({ url }, _context, { take }) => {
        const bytes = bytesOf(url);
        return (await take(bytes)) ? ok(make(url)) : err({ code: 'busy', detail: '' });
      },
      encodePictures: async (_head, pictures) => {
        calls += 1;
        await new Promise((resolve) => setTimeout(resolve, 1));
        const embeddings = new Float32Array(pictures.length * 2).fill(1);
        const rest = { failures: [], tokens: 0, truncated: [], pixels: 0, logitScale: 1 };
        return ok({ model, dimension: 2, embeddings, scoring: { kind: 'softmax' }, ...rest });
      },
    },
    maxPictureBytes: 1024 * kibibyte,
  } satisfies EmbedSources;
  return { asking, sources, made, most: () => most, held: () => held, calls: () => calls };
}

describe.each(['url', 'sha256'] as const)('pictures by their %s', (kind) => {
  const inputs = Array.from({ length: 10 }, (_, index) =>
    kind === 'url'
      ? ({ kind, url: `http://site/${index}` } as const)
      : ({ kind, sha256: `${index}` } as const),
  );

  test('are held no more at once than there is room for, and all are encoded', async () => {
    const scene = openScene(() => 300 * kibibyte);
    const embedded = await embedInputs(inputs, target, scene.asking, scene.sources);
    expect(embedded.map(({ ok: isOk }) => isOk)).toEqual(new Array(10).fill(true));
    expect(scene.most()).toBeLessThanOrEqual(roomBytes);
    expect(scene.most()).toBeGreaterThan(300 * kibibyte);
    expect(scene.held()).toBe(0);
    // And their memory is given back, not left for whenever garbage is looked for.
    expect(scene.made.map(({ byteLength }) => byteLength)).toEqual(new Array(10).fill(0));
  });

  test('are encoded together where they are small', async () => {
    const scene = openScene(() => kibibyte);
    const embedded = await embedInputs(inputs, target, scene.asking, scene.sources);
    expect(embedded.every(({ ok: isOk }) => isOk)).toBe(true);
    expect(scene.calls()).toBe(1);
  });

  test('are refused alone where no room is found', async () => {
    const scene = openScene((name) => (name.endsWith('3') ? 900 : 300) * kibibyte);
    const embedded = await embedInputs(inputs, target, scene.asking, scene.sources);
    expect(embedded.flatMap((result, index) => (result.ok ? [] : [[index, result.error.code]]))).toEqual([
      [3, 'busy'],
    ]);
  });
});

describe('where stored embeddings cannot be looked up', () => {
  const away = new Error('storage is away');
  const failing = (scene: ReturnType<typeof openScene>): EmbedSources => ({
    ...scene.sources,
    embeddings: {
      ...scene.sources.embeddings,
      find: async (_owner, hashes) => ({
        known: new Map(),
        failed: new Map(hashes.map((sha256) => [sha256, away])),
        notAsked: new Set(),
      }),
    },
  });
  const named = [{ kind: 'sha256', sha256: 'a'.repeat(64) }] as const;

  test('a picture that was uploaded is sent for and encoded', async () => {
    const scene = openScene(() => kibibyte);
    const [embedded] = await embedInputs(named, target, scene.asking, failing(scene));
    expect(embedded).toMatchObject({ ok: true, value: { source: 'worker' } });
  });

  test('nobody knows of one that was not: that is no "not found"', async () => {
    const scene = openScene(() => kibibyte);
    const sources = { ...failing(scene), items: { pictures: async () => new Map() } };
    await expect(embedInputs(named, target, scene.asking, sources)).rejects.toThrow(away);
  });

  test('nothing is sent for where the request fails for one that was not', async () => {
    const scene = openScene(() => kibibyte);
    const { pictures } = scene.sources.items;
    const sources: EmbedSources = {
      ...failing(scene),
      items: { pictures: async (tenant) => pictures(tenant, ['b'.repeat(64)]) },
    };
    const inputs = [{ kind: 'sha256', sha256: 'b'.repeat(64) }, ...named] as const;
    await expect(embedInputs(inputs, target, scene.asking, sources)).rejects.toThrow(away);
    expect([scene.made.length, scene.most()]).toEqual([0, 0]);
  });
});

test('a hash whose turn to be looked up never came is no "not found" either', async () => {
  const scene = openScene(() => kibibyte);
  const sources: EmbedSources = {
    ...scene.sources,
    embeddings: {
      ...scene.sources.embeddings,
      find: async (_owner, hashes) => ({ known: new Map(), failed: new Map(), notAsked: new Set(hashes) }),
    },
    items: { pictures: async () => new Map() },
  };
  const named = [{ kind: 'sha256', sha256: 'a'.repeat(64) }] as const;
  const [embedded] = await embedInputs(named, target, scene.asking, sources);
  expect(embedded).toMatchObject({ ok: false, error: { code: 'busy' } });
});

test.each([
  ['is not there', async () => undefined],
  ['cannot be read', () => Promise.reject(new Error('storage is away'))],
])('a picture that %s in the bucket takes no room', async (_name, get) => {
  const scene = openScene(() => 300 * kibibyte);
  const named = [{ kind: 'sha256', sha256: 'a'.repeat(64) }] as const;
  const sources = { ...scene.sources, objects: { get } };
  await embedInputs(named, target, scene.asking, sources).catch(() => undefined);
  expect(scene.most()).toBe(300 * kibibyte);
  expect(scene.held()).toBe(0);
});

test('the pictures of a request that are given by their hashes are asked for in one question', async () => {
  const scene = openScene(() => kibibyte);
  const pictures = vi.fn(scene.sources.items.pictures);
  const inputs = Array.from(
    { length: 64 },
    (_, index) => ({ kind: 'sha256', sha256: `${index % 40}` }) as const,
  );
  const embedded = await embedInputs(inputs, target, scene.asking, { ...scene.sources, items: { pictures } });
  expect(embedded.every(({ ok: isOk }) => isOk)).toBe(true);
  expect(pictures.mock.calls.map(([, hashes]) => hashes.length)).toEqual([40]);
});

describe('a picture that a request names more than once', () => {
  const sha256 = 'a'.repeat(64);

  test.each([1, 300])('is sent for and encoded once, whether of %i KiB', async (size) => {
    const scene = openScene(() => size * kibibyte);
    const inputs = new Array(20).fill({ kind: 'sha256', sha256 } as const);
    const embedded = await embedInputs(inputs, target, scene.asking, scene.sources);
    expect(embedded.map(({ ok: isOk }) => isOk)).toEqual(new Array(20).fill(true));
    expect([scene.made.length, scene.calls()]).toEqual([1, 1]);
  });

  test('is not sent for where it is there by its bytes too', async () => {
    const scene = openScene(() => 300 * kibibyte);
    const bytes = pictureOf('twice', 300 * kibibyte);
    const inputs = [
      { kind: 'sha256', sha256: await sha256Hex(bytes) },
      { kind: 'picture', bytes },
    ] as const;
    const embedded = await embedInputs(inputs, target, scene.asking, scene.sources);
    expect(embedded.map(({ ok: isOk }) => isOk)).toEqual([true, true]);
    expect([scene.made.length, scene.calls()]).toEqual([0, 1]);
  });
});

test.each(['sha256', 'url'] as const)(
  'a large picture by its %s that was encoded counts as no cache hit',
  async (kind) => {
    const scene = openScene(() => 300 * kibibyte);
    const counted = new Map<string, number>();
    const asking: AskingForPictures = {
      ...scene.asking,
      count: (counter, amount) => void counted.set(counter, (counted.get(counter) ?? 0) + amount),
    };
    const input =
      kind === 'url' ? ({ kind, url: 'http://site/' } as const) : ({ kind, sha256: 'a' } as const);
    const [embedded] = await embedInputs([input], target, asking, scene.sources);
    expect(embedded).toMatchObject({ ok: true, value: { source: 'worker' } });
    expect([counted.get('picturesEncoded'), counted.get('cacheHits')]).toEqual([1, undefined]);
  },
);

test('what a worker fetched is not read where there is no room, which is no fault of the worker', async () => {
  let cancelled = 0;
  let fetches = 0;
  const client = createGpuWorkerClient({
    endpoints: ['http://worker'],
    secret: 's'.repeat(32),
    fetch: async (input) => {
      if (!String(input).endsWith('/v1/fetch')) return new Response(null, { status: 503 });
      fetches += 1;
      const body = new ReadableStream({
        cancel() {
          cancelled += 1;
        },
      });
      return new Response(body, { headers: { 'content-length': '1000' } });
    },
  });
  const room = { take: async (bytes: number) => bytes < 1000, giveBack: () => undefined };
  const fetched = await client.fetchUrl(
    { url: 'http://site/', maxBytes: 2000 },
    { lane: 'interactive' },
    room,
  );
  expect(fetched).toMatchObject({ ok: false, error: { code: 'busy' } });
  expect([fetches, cancelled]).toEqual([1, 1]);
});

describe('the turn of an address', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const turnOf = async (fetched: Awaited<ReturnType<EmbedSources['worker']['fetchUrl']>>) => {
    vi.useFakeTimers();
    const leave = vi.fn();
    const room = { take: async () => true, giveBack: () => undefined };
    const plan = { maxBytes: kibibyte, room, takeTurn: async () => leave };
    void withFetched(
      'http://site/',
      async () => fetched,
      plan,
      { lane: 'interactive' },
      async () => 'used',
    );
    await vi.advanceTimersByTimeAsync(0);
    return leave;
  };

  test.each([
    ['that fails', err({ code: 'unfetchable-url', detail: 'It answers 404.' } as const)],
    ['where no picture is', ok(new TextEncoder().encode('<!doctype html><title>A page</title>'))],
  ])('%s is kept for a while', async (_name, fetched) => {
    const leave = await turnOf(fetched);
    expect(leave).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(leave).toHaveBeenCalledOnce();
  });

  test('of a picture is over with it', async () => {
    expect(await turnOf(ok(pictureOf('a', kibibyte)))).toHaveBeenCalledOnce();
  });
});
