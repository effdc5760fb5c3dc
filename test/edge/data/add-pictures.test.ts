// Pictures that come many times over: what an archive brought before is not looked up again.

import { expect, test } from 'vitest';
import type { ItemStore } from '../../../edge/stores/item-store.ts';
import { type AddSources, addPictures, type KnownItems } from '../../../edge/use-cases/add-pictures.ts';
import { blackPicture } from '../../support/pictures.ts';

const target = { tenantId: 'tenant', datasetId: 'dataset', maxStoredBytes: 1e9, nowMs: 0 };

function openSources() {
  const asked: string[] = [];
  const items: Partial<ItemStore> = {
    lookUp: async (_tenant, _dataset, positions) => {
      asked.push(`look ${positions.length}`);
      return { pictures: new Map(), items: new Map(), isFullOfNames: false };
    },
    add: async (_tenant, _dataset, { items }) => {
      asked.push(`add ${items.length}`);
      return { added: items.map(() => true), lost: [], unused: [] };
    },
  };
  let lastId = 0;
  const sources: AddSources = {
    items: items as ItemStore,
    objects: { put: async () => undefined, remove: async () => undefined },
    newItemId: () => `item ${lastId++}`,
    pictureKey: (_tenant, sha256) => sha256,
  };
  return { sources, asked };
}

const picture = (side: number, environment: string) => ({
  bytes: blackPicture(side, side),
  environment,
  class: 'cat',
  filename: undefined,
});

test('a picture that came before is the item that it became, without a look', async () => {
  const { sources, asked } = openSources();
  const known: KnownItems = new Map();
  const again = [picture(3, 'a'), picture(3, 'a'), picture(3, 'b')];
  const [first, second, third] = await addPictures(again, target, sources, known);
  expect(asked.splice(0)).toEqual(['look 2', 'add 2']);
  expect([first, second, third].map((result) => result?.ok && result.value.isNew)).toEqual([
    true,
    false,
    true,
  ]);

  const [repeated, other] = await addPictures([picture(3, 'b'), picture(3, 'a')], target, sources, known);
  expect(asked).toEqual([]);
  expect(repeated).toMatchObject({ ok: true, value: { isNew: false, item: third?.ok && third.value.item } });
  expect(other).toMatchObject({ ok: true, value: { isNew: false, item: first?.ok && first.value.item } });

  const [fresh] = await addPictures([picture(4, 'a')], target, sources, known);
  expect(asked).toEqual(['look 1', 'add 1']);
  expect(fresh).toMatchObject({ ok: true, value: { isNew: true } });
});
