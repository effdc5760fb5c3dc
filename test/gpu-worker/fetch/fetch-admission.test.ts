// Room for fetches: no tenant takes all of it, and nobody waits behind another's backlog.

import { describe, expect, test } from 'vitest';
import { createFetchAdmission } from '../../../gpu-worker/fetch/fetch-admission.ts';

const [many, few] = [
  { tag: 'many', weight: 1 },
  { tag: 'few', weight: 1 },
];

function opened() {
  const admission = createFetchAdmission({ limit: 4, perParty: 2, maxWaiting: 3 });
  const begun: string[] = [];
  const enter = async (name: string, party = many, signal?: AbortSignal) => {
    const place = await admission.enter(party, signal);
    if (!place.ok) throw new Error(place.error.code);
    begun.push(name);
    return place.value;
  };
  return { admission, begun, enter };
}

describe('the room for fetches', () => {
  test('lets a tenant hold its part, and others in beside it', async () => {
    const { admission, begun, enter } = opened();
    const first = await enter('1');
    await enter('2');
    const third = enter('3');
    await enter('other', few);
    expect(begun).toEqual(['1', '2', 'other']);
    first.release();
    first.release();
    await third;
    expect([begun.at(-1), admission.depth()]).toEqual(['3', 3]);
  });

  test('refuses what is more than may wait', async () => {
    const { enter } = opened();
    await enter('1');
    await enter('2');
    const waiting = ['3', '4', '5'].map((name) => enter(name));
    await expect(enter('6')).rejects.toThrow('worker-overloaded');
    for (const place of waiting) place.catch(() => undefined);
  });

  test('forgets who leaves while waiting', async () => {
    const { begun, enter } = opened();
    const first = await enter('1');
    await enter('2');
    const leaving = new AbortController();
    const left = enter('left', many, leaving.signal);
    const stays = enter('stays');
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    first.release();
    await stays;
    expect(begun).toEqual(['1', '2', 'stays']);
  });
});
