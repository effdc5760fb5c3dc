// What is sent from storage: a projection in other formats, made once and gone with it, and files that are deleted while they are asked for.

import type { R2Bucket } from '@cloudflare/workers-types';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { appError } from '#shared/app-error.ts';
import { exportSafetensors } from '#shared/codec/export/safetensors.ts';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import { DatasetItem } from '#shared/contracts/dataset.ts';
import { Projection } from '#shared/contracts/projection.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { isolateFileRoom } from '../../../edge/limits/file-room.ts';
import type { BatchRecord } from '../../../edge/stores/batch-store.ts';
import { createObjectStore, MissingObject } from '../../../edge/stores/object-store.ts';
import type { ProjectionRecord } from '../../../edge/stores/projection-record.ts';
import { batchResults } from '../../../edge/use-cases/batch-results.ts';
import { openExport } from '../../../edge/use-cases/export-artefact.ts';
import { unwrap } from '../../shared/math/random.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant, type TestTenant } from '../../support/edge-callers.ts';
import { blackPicture } from '../../support/pictures.ts';
import { smallArtefact } from '../../support/small-artefact.ts';

let edge: Edge;
let tenant: TestTenant;
let bucket: R2Bucket;

beforeAll(async () => {
  edge = await openEdge();
  tenant = await makeTenant(edge, 'exporter');
  bucket = (await edge.miniflare.getR2Bucket('BUCKET')) as unknown as R2Bucket;
});
afterAll(() => edge?.close());

async function publish(name: string): Promise<Projection> {
  const headers = { ...tenant.headers, 'content-type': 'application/octet-stream' };
  const body = await smallArtefact();
  const path = `/v1/projections/artefacts?name=${name}`;
  return Projection.parse(await (await edge.fetch(path, { method: 'POST', headers, body })).json());
}

const download = (id: string, query: string) => tenant.send('GET', `/v1/projections/${id}/artefact?${query}`);

const keysUnder = async (prefix: string) =>
  (await bucket.list({ prefix })).objects.map(({ key }) => key.slice(prefix.length));

test('an export is made once, is what the artefact holds, and goes with the projection', async () => {
  const { id } = await publish('exported');
  const kept = `cache/${tenant.id}/exports/${id}/`;
  const artefact = unwrap(await decodeArtefact(await smallArtefact()));
  for (const _ of ['made', 'kept']) {
    const answer = await download(id, 'format=safetensors');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(joinBytes(exportSafetensors(artefact)));
  }
  const modes = await Promise.all(
    ['format=onnx', 'format=onnx&mode=profiled', 'format=onnx&head=zero-shot'].map(async (query) => {
      const answer = await download(id, query);
      return (await answer.arrayBuffer()).byteLength;
    }),
  );
  expect(modes[0]).toBe(modes[2]);
  expect(modes[0]).not.toBe(modes[1]);
  expect((await download(id, 'format=onnx&head=probe')).status).toBe(422);
  expect((await keysUnder(kept)).sort()).toEqual([
    '1..profiled.onnx',
    '1..unprofiled.onnx',
    '1.safetensors',
    '1.zero-shot.unprofiled.onnx',
  ]);
  // It is the kept one that is sent.
  await bucket.put(`${kept}1.safetensors`, 'kept');
  expect(await (await download(id, 'format=safetensors')).text()).toBe('kept');
  expect((await tenant.send('DELETE', `/v1/projections/${id}`)).status).toBe(204);
  expect(await keysUnder(kept)).toEqual([]);
});

test('nothing is kept of a projection that is deleted while it is exported', async () => {
  const { id } = await publish('deleted');
  const objects = createObjectStore(bucket);
  const subject = { tenantId: tenant.id, id, artefactBytes: 1000 };
  const query = { format: 'safetensors', mode: 'unprofiled' } as const;
  const fileRoom = isolateFileRoom();
  let isDeleted = false;
  const sources = {
    objects: {
      ...objects,
      putStream: async (key: string, stream: ReadableStream<Uint8Array>) => {
        isDeleted = true;
        await objects.put(key, new Uint8Array(await new Response(stream).arrayBuffer()));
      },
    },
    projections: { find: async () => (isDeleted ? undefined : ({ id } as ProjectionRecord)) },
    fileRoom,
  };
  expect(await openExport(subject, query, sources)).toMatchObject({
    ok: false,
    error: { code: 'not-found' },
  });
  expect(await keysUnder(`cache/${tenant.id}/exports/${id}/`)).toEqual([]);
});

test('a file that is gone just then is not found, and no fault of ours', async () => {
  const { id } = await publish('gone');
  await bucket.delete(`t/${tenant.id}/projections/${id}.icm`);
  for (const query of ['format=icm', 'format=safetensors']) {
    expect((await download(id, query)).status).toBe(404);
  }
  await tenant.send('POST', '/v1/datasets', { name: 'gone' });
  const headers = { ...tenant.headers, 'content-type': 'image/png' };
  const path = '/v1/datasets/gone/items';
  const uploaded = await edge.fetch(`${path}?environment=e`, {
    method: 'POST',
    headers,
    body: blackPicture(5, 5),
  });
  const item = DatasetItem.parse(await uploaded.json());
  for (const key of await keysUnder('')) if (key.includes(item.sha256)) await bucket.delete(key);
  expect((await tenant.send('GET', `${path}/${item.id}/content`)).status).toBe(404);
});

describe('the rows of a batch', () => {
  const sourcesOf = (shards: readonly string[], items: number) => {
    const opened = shards.values();
    return {
      objects: {
        open: async () => {
          const next = opened.next();
          if (next.done === true) throw new MissingObject();
          return new Blob([next.value]).stream();
        },
      },
      batches: { find: async () => ({ items, status: 'succeeded' }) },
    };
  };

  test('go out piece by piece, each when its bytes may be sent', async () => {
    const shards = ['{"a":1}\n{"a":2}\n', '{"a":3}\n'];
    const asked: number[] = [];
    const mayGo = Promise.withResolvers<void>();
    const share = {
      send: async (bytes: number) => {
        asked.push(bytes);
        await mayGo.promise;
        return undefined;
      },
      beforeWork: () => undefined,
    };
    const sources = sourcesOf(shards, 3) as never;
    const rows = batchResults('t', { id: 'bat_1' } as BatchRecord, 'jsonl', sources, share);
    const reading = new Response(rows).text();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toEqual([shards[0]?.length]);
    mayGo.resolve();
    const text = await reading;
    expect(text.startsWith(shards.join(''))).toBe(true);
    expect(asked.reduce((sum, bytes) => sum + bytes, 0)).toBe(text.length);
  });

  test('are made into CSV when the tenant may have the thread, and wait where it may not yet', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const row = {
      ...{ id: 'itm_1', sha256: 'a'.repeat(64), environment: 'e', label: 'cat', probability: 0.5 },
      ...{ abstained: false, predictions: [], mode: 'none', skewed: false },
    };
    const asked: number[] = [];
    const share = {
      send: async () => undefined,
      beforeWork: async (ms: number) => {
        asked.push(ms);
        return asked.length === 1 ? appError('busy', 'Too many are under way.') : undefined;
      },
    };
    const batch = { id: 'bat_1', options: { topK: 1 } } as BatchRecord;
    const sources = sourcesOf([`${JSON.stringify(row)}\n`.repeat(50)], 50) as never;
    let isRead = false;
    const reading = new Response(batchResults('t', batch, 'csv', sources, share)).text().then((text) => {
      isRead = true;
      return text;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(isRead).toBe(false);
    await vi.advanceTimersByTimeAsync(10);
    const lines = (await reading).trim().split('\r\n');
    expect(lines).toHaveLength(51);
    expect(lines[1]).toContain('cat,0.5');
    expect(asked).toEqual([3, 3]);
  });
});
