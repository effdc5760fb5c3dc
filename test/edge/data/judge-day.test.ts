// A watched day whose head cannot be had just now: it waits, and is not judged for good by what is left without it.

import { expect, test } from 'vitest';
import { appError } from '#shared/app-error.ts';
import { emptyDay } from '#shared/math/watch/day-sums.ts';
import { err } from '#shared/result.ts';
import { judgeDay } from '../../../edge/use-cases/watch/judge-day.ts';

const model = { id: 'nano-clip', revision: 'r' };
const nowMs = Date.parse('2026-06-10T12:00:00Z');

/** How often the day was judged. */
async function judgedOf(day: string, failure: 'busy' | 'not-found'): Promise<number> {
  let judged = 0;
  const question = { projection: { id: 'prj_1', name: 'animals', version: 1 }, head: 'zero-shot' };
  const open = { day, series: 's', model, question, labels: ['cat'], revision: 1, sums: emptyDay(4, 1) };
  const refused = async () => err(appError(failure, 'It cannot be had.'));
  const profile = { name: 'gate', model, revision: 1, pictures: 0, sum: new Float64Array(4), kept: [] };
  const sources = {
    watchStore: {
      findOpen: async () => open,
      judge: async () => {
        judged += 1;
        return true;
      },
      wasRaised: async () => false,
    },
    environmentStore: { findById: async () => profile },
    heads: { projections: { peek: () => undefined, get: refused } },
  };
  const key = { tenantId: 't', environmentId: 'e', series: 's', day };
  const asking = { tenantId: 't', nowMs, later: () => undefined };
  await judgeDay(key, asking as never, sources as never);
  return judged;
}

test('a day whose head cannot be had just now is left open for some days, and then judged all the same', async () => {
  expect(await judgedOf('2026-06-09', 'busy')).toBe(0);
  expect(await judgedOf('2026-06-06', 'busy')).toBe(1);
});

test('a day whose head will never be had again is judged at once', async () => {
  expect(await judgedOf('2026-06-09', 'not-found')).toBe(1);
});
