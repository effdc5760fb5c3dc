// Corrections in the database of the real runtime: what one takes of a tenant's storage, also where a name's next version has
// a model with embeddings of another length.

import type { D1Database } from '@cloudflare/workers-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import {
  type CorrectionStore,
  createCorrectionStore,
  type NewCorrection,
} from '../../../edge/stores/correction-store.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant } from '../../support/edge-callers.ts';

let edge: Edge;
let db: D1Database;
let store: CorrectionStore;

beforeAll(async () => {
  edge = await openEdge();
  db = (await edge.miniflare.getD1Database('DB')) as unknown as D1Database;
  store = createCorrectionStore(db);
});
afterAll(() => edge?.close());

const costOf = (dimension: number) => itemRowBytes + 4 * dimension;

const storedBytes = (tenantId: string) =>
  db.prepare('SELECT bytes FROM stored_bytes WHERE tenant_id = ?').bind(tenantId).first<number>('bytes');

let made = 0;
const correctionOf = (picture: string, label: string, model: string, dimension: number): NewCorrection => ({
  id: `cor_${made++}`,
  name: 'animals',
  modelRevision: model,
  sha256: picture,
  environment: 'north',
  label,
  answered: undefined,
  createdAtMs: made,
  embedding: new Float32Array(dimension).fill(dimension),
});
const room = { maxOfName: 2, maxStoredBytes: 1_000_000 };

test('a picture that is corrected again under another model is kept with the embedding of that, and paid for', async () => {
  const { id } = await makeTenant(edge, 'changes models');
  const [first] = await store.add(id, [correctionOf('a', 'cat', 'small', 8)], room);
  await store.add(id, [correctionOf('b', 'dog', 'small', 8)], room);
  expect(await storedBytes(id)).toBe(2 * costOf(8));
  // The name is full, and this is no further picture.
  for (const dimension of [16, 16, 4]) {
    const [again] = await store.add(id, [correctionOf('a', 'fox', `of ${dimension}`, dimension)], room);
    expect(again).toMatchObject({ id: first?.id, label: 'fox', modelRevision: `of ${dimension}` });
    expect(await storedBytes(id)).toBe(costOf(8) + costOf(dimension));
  }
  const all = await store.all(id, 'animals');
  expect(all.map(({ embedding }) => embedding)).toEqual([
    new Float32Array(4).fill(4),
    new Float32Array(8).fill(8),
  ]);
  for (const correction of all) await store.remove(id, correction.id);
  expect(await storedBytes(id)).toBe(0);
});

test('where a longer embedding has no room, what was said before stays, and the answer does not claim the new', async () => {
  const { id } = await makeTenant(edge, 'has little room');
  const tight = { ...room, maxStoredBytes: costOf(8) + 10 };
  await store.add(id, [correctionOf('a', 'cat', 'small', 8)], tight);
  expect(await store.add(id, [correctionOf('a', 'fox', 'large', 16)], tight)).toEqual([]);
  expect(await store.all(id, 'animals')).toMatchObject([{ label: 'cat', modelRevision: 'small' }]);
  expect(await storedBytes(id)).toBe(costOf(8));
});
