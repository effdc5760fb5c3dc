// Items and pictures added many at once, in the real database: what is made, what it costs, and what is counted, to the byte.

import type { D1Database } from '@cloudflare/workers-types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import type { ItemRecord, StoredPicture } from '../../../edge/stores/item-record.ts';
import { createItemStore } from '../../../edge/stores/item-store.ts';
import { type Edge, openEdge } from '../../support/edge.ts';

const plenty = 1e9;

let edge: Edge;
let db: D1Database;

beforeAll(async () => {
  edge = await openEdge();
  db = (await edge.miniflare.getD1Database('DB', 'edge')) as unknown as D1Database;
});
afterAll(() => edge?.close());

let tenants = 0;

/** A tenant of its own with a dataset. */
async function openTenant() {
  const tenantId = `tenant ${tenants++}`;
  await db
    .prepare('INSERT INTO datasets (tenant_id, id, name, created_at) VALUES (?, ?, ?, 0)')
    .bind(tenantId, 'dataset', 'name')
    .run();
  const store = createItemStore(db);
  const add = (
    items: readonly ItemRecord[],
    newPictures: readonly StoredPicture[],
    maxStoredBytes = plenty,
  ) => store.add(tenantId, 'dataset', { items, newPictures, maxStoredBytes });
  const counts = async () => {
    const { results } = await db
      .prepare(
        'SELECT environment, class, pictures, bytes FROM dataset_counts WHERE tenant_id = ? ORDER BY 1, 2',
      )
      .bind(tenantId)
      .all();
    return results;
  };
  return { store, tenantId, add, counts, storedBytes: () => store.storedBytes(tenantId) };
}

let objects = 0;
const pictureOf = (name: string, bytes: number): StoredPicture => ({
  sha256: name,
  bytes,
  storageKey: `object ${objects++}`,
});
const itemOf = (
  picture: Pick<StoredPicture, 'sha256' | 'bytes'>,
  id: string,
  more: Partial<ItemRecord> = {},
): ItemRecord => ({
  id,
  sha256: picture.sha256,
  bytes: picture.bytes,
  environment: 'field',
  class: 'cat',
  filename: undefined,
  createdAtMs: 1,
  ...more,
});

describe('items and their pictures', () => {
  test('are made as they were given, in their order, and counted', async () => {
    const { store, tenantId, add, counts, storedBytes } = await openTenant();
    const pictures = ['a', 'b', 'c'].map((name, index) => pictureOf(name, 100 + index));
    const [a, b, c] = pictures as [StoredPicture, StoredPicture, StoredPicture];
    const items = [
      itemOf(c, 'i3', { filename: 'o\'clock "1".png', createdAtMs: 1_790_000_000_000 }),
      itemOf(a, 'i1', { class: undefined }),
      itemOf(b, 'i2', { environment: 'lab' }),
      itemOf(a, 'i4', { environment: 'lab' }),
    ];
    expect(await add(items, pictures)).toEqual({ added: [true, true, true, true], lost: [], unused: [] });
    const found = await Promise.all(items.map(({ id }) => store.find(tenantId, 'dataset', id)));
    expect(found).toEqual(items);
    const { results } = await db
      .prepare('SELECT id FROM items WHERE tenant_id = ? ORDER BY seq')
      .bind(tenantId)
      .all();
    expect(results.map(({ id }) => id)).toEqual(['i3', 'i1', 'i2', 'i4']);
    expect(await counts()).toEqual([
      { environment: 'field', class: '', pictures: 1, bytes: 100 },
      { environment: 'field', class: 'cat', pictures: 1, bytes: 102 },
      { environment: 'lab', class: 'cat', pictures: 2, bytes: 201 },
    ]);
    expect(await storedBytes()).toBe(303 + 4 * itemRowBytes);
  });

  test('that are there already are neither made again nor counted again', async () => {
    const { add, counts, storedBytes } = await openTenant();
    const picture = pictureOf('a', 100);
    await add([itemOf(picture, 'i1')], [picture]);
    const again = pictureOf('a', 100);
    const outcome = await add([itemOf(again, 'i2'), itemOf(again, 'i3', { environment: 'lab' })], [again]);
    expect(outcome).toEqual({ added: [false, true], lost: [], unused: [again] });
    expect(await counts()).toEqual([
      { environment: 'field', class: 'cat', pictures: 1, bytes: 100 },
      { environment: 'lab', class: 'cat', pictures: 1, bytes: 100 },
    ]);
    expect(await storedBytes()).toBe(100 + 2 * itemRowBytes);
  });

  test('named twice in one addition are one item', async () => {
    const { add, counts, storedBytes } = await openTenant();
    const picture = pictureOf('a', 100);
    const { added } = await add([itemOf(picture, 'i1'), itemOf(picture, 'i2')], [picture]);
    expect(added).toEqual([true, false]);
    expect(await counts()).toEqual([{ environment: 'field', class: 'cat', pictures: 1, bytes: 100 }]);
    expect(await storedBytes()).toBe(100 + itemRowBytes);
  });

  test('beside those of another tenant count for their own', async () => {
    const [one, other] = [await openTenant(), await openTenant()];
    for (const { add } of [one, other]) {
      const picture = pictureOf('a', 100);
      await add([itemOf(picture, 'i1')], [picture]);
    }
    expect(await one.storedBytes()).toBe(100 + itemRowBytes);
    expect(await other.counts()).toEqual(await one.counts());
  });
});

describe('where there is no room', () => {
  test('for a picture, it is passed over, and a smaller one behind it is not', async () => {
    const { add, storedBytes } = await openTenant();
    const pictures = [pictureOf('a', 100), pictureOf('b', 500), pictureOf('c', 100)];
    const items = pictures.map((picture, index) => itemOf(picture, `i${index}`));
    const outcome = await add(items, pictures, 300 + 3 * itemRowBytes);
    expect(outcome.added).toEqual([true, false, true]);
    expect(outcome.unused.map(({ sha256 }) => sha256)).toEqual(['b']);
    expect(outcome.lost.map(({ id }) => id)).toEqual(['i1']);
    expect(await storedBytes()).toBe(200 + 2 * itemRowBytes);
  });

  test('for all items of a picture, the first of them are made', async () => {
    const { add, storedBytes } = await openTenant();
    const picture = pictureOf('a', 100);
    await add([itemOf(picture, 'i0')], [picture]);
    const items = [1, 2, 3].map((index) => itemOf(picture, `i${index}`, { environment: `place ${index}` }));
    const max = 100 + 3 * itemRowBytes;
    expect(await add(items, [], max)).toEqual({ added: [true, true, false], lost: [], unused: [] });
    expect(await storedBytes()).toBe(max);
  });

  test('any more, nothing is made and nothing counted', async () => {
    const { add, counts, storedBytes } = await openTenant();
    const picture = pictureOf('a', 100);
    const outcome = await add([itemOf(picture, 'i1')], [picture], 50);
    expect(outcome).toMatchObject({ added: [false], lost: [{ id: 'i1' }], unused: [{ sha256: 'a' }] });
    expect([await counts(), await storedBytes()]).toEqual([[], 0]);
  });
});

describe('where what they belong to is gone', () => {
  test('an item without its picture is lost', async () => {
    const { add, storedBytes } = await openTenant();
    const outcome = await add([itemOf(pictureOf('gone', 100), 'i1')], []);
    expect(outcome).toMatchObject({ added: [false], lost: [{ id: 'i1' }] });
    expect(await storedBytes()).toBe(0);
  });

  test('a dataset that was deleted takes neither pictures nor items', async () => {
    const { tenantId, add, storedBytes } = await openTenant();
    await db.prepare('DELETE FROM datasets WHERE tenant_id = ?').bind(tenantId).run();
    const picture = pictureOf('a', 100);
    const outcome = await add([itemOf(picture, 'i1')], [picture]);
    expect(outcome).toMatchObject({ added: [false], lost: [{ id: 'i1' }], unused: [{ sha256: 'a' }] });
    expect(await storedBytes()).toBe(0);
  });
});

test('forty-eight items with pictures of their own are few statements', async () => {
  const statements: number[] = [];
  const counting = new Proxy(db, {
    get: (target, name) =>
      name === 'batch'
        ? (batch: Parameters<D1Database['batch']>[0]) => {
            statements.push(batch.length);
            return target.batch(batch);
          }
        : Reflect.get(target, name).bind(target),
  });
  const { tenantId } = await openTenant();
  const newPictures = Array.from({ length: 48 }, (_, index) => pictureOf(`p${index}`, 10));
  const items = newPictures.map((picture, index) => itemOf(picture, `i${index}`));
  const addition = { items, newPictures, maxStoredBytes: plenty };
  const { added } = await createItemStore(counting).add(tenantId, 'dataset', addition);
  expect(added).toEqual(new Array(48).fill(true));
  expect(statements).toEqual([5]);
});
