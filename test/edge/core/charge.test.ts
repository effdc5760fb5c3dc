// Work at the cost of a plan, over counters in memory: in which order it is asked, done and entered.

import { expect, test } from 'vitest';
import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { createQuota } from '../../../edge/limits/quota.ts';
import { leasedPictures } from '../../../edge/limits/quota-leases.ts';
import type { QuotaAmounts, QuotaCounters, QuotaName } from '../../../edge/limits/quota-types.ts';
import { defaultLimits } from '../../../edge/stores/plan-limits.ts';

const nowMs = Date.UTC(2026, 0, 1);

/** As the durable object counts; `asked` is what it was asked, `answers` resolves once it may answer. */
function openCounters() {
  const used: Record<QuotaName, number> = { requests: 0, pictures: 0, pixels: 0, texts: 0, fetches: 0 };
  const asked: string[] = [];
  let answers = Promise.resolve();
  const add = (amounts: QuotaAmounts, sign = 1) => {
    for (const [name, amount] of Object.entries(amounts)) used[name as QuotaName] += sign * amount;
  };
  const counters: QuotaCounters = {
    consume: async (_day, amounts, limits, _work, spent = {}) => {
      asked.push('consume');
      add(spent);
      await answers;
      const names = Object.keys(amounts) as QuotaName[];
      const left = (name: QuotaName) => (limits[name] ?? 0) - used[name];
      const exceeded = names.find((name) => left(name) < Math.max(1, amounts[name] ?? 0));
      if (exceeded !== undefined) return { granted: false, exceeded, remaining: left(exceeded) };
      add(amounts);
      return {
        granted: true,
        remaining: Object.fromEntries(names.map((name) => [name, left(name)])),
      };
    },
    spend: async (_day, amounts) => {
      asked.push('spend');
      add(amounts);
    },
    refund: async (day, amounts) => {
      asked.push('refund');
      add(amounts, -1);
      return day;
    },
    used: async () => ({ ...used }),
    forget: async () => undefined,
  };
  return {
    used,
    asked,
    quota: createQuota({ getByName: () => counters }),
    holdAnswers: () => {
      let release = () => {};
      answers = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
}

const tenant = { id: 'ten_1', limits: { ...defaultLimits, picturesPerDay: 1000, pixelsPerDay: 10 ** 12 } };
const amounts = { pictures: 1, pixels: 0 };

function openBooks() {
  const afterwards: Promise<unknown>[] = [];
  return { afterwards, later: (work: Promise<unknown>) => void afterwards.push(work) };
}

test('what a picture came to goes in with the next question, and by itself where there is none', async () => {
  const { quota, used, asked } = openCounters();
  const { afterwards, later } = openBooks();
  const options = { told: (pixels: number) => ({ pixels }), later };
  await quota.charge(tenant, amounts, nowMs, async () => ok(300), options);
  await quota.charge(tenant, amounts, nowMs, async () => ok(400), options);
  expect([asked, used.pixels]).toEqual([['consume', 'consume'], 300]);
  await Promise.all(afterwards);
  expect([asked, used]).toMatchObject([['consume', 'consume', 'spend'], { pictures: 2, pixels: 700 }]);
});

test('whoever asks what is left hears of all that was done', async () => {
  const { quota } = openCounters();
  const { later } = openBooks();
  await quota.charge(tenant, amounts, nowMs, async () => ok(300), {
    told: (pixels: number) => ({ pixels }),
    later,
  });
  expect(await quota.remaining(tenant, nowMs)).toMatchObject({ pictures: 999, pixels: 10 ** 12 - 300 });
});

test('far from its limits a plan is asked while the work begins, and grants it before it is answered', async () => {
  const { quota, holdAnswers } = openCounters();
  const { later } = openBooks();
  const events: string[] = [];
  const work = async () => {
    events.push('work');
    return ok(1);
  };
  // Nothing is known of the tenant yet.
  const first = holdAnswers();
  const waiting = quota.charge(tenant, amounts, nowMs, work, { later });
  await Promise.resolve();
  expect(events).toEqual([]);
  first();
  await waiting;
  const second = holdAnswers();
  const ahead = quota.charge(tenant, amounts, nowMs, work, { later }).then(() => events.push('answered'));
  await Promise.resolve();
  expect(events).toEqual(['work', 'work']);
  second();
  await ahead;
  expect(events).toEqual(['work', 'work', 'answered']);
});

test('work begun while its plan is asked ends where the plan refuses, and costs nothing', async () => {
  const { quota, used, holdAnswers, asked } = openCounters();
  const { later } = openBooks();
  await quota.charge(tenant, amounts, nowMs, async () => ok(1), { later });
  const release = holdAnswers();
  let ended = false;
  const charged = quota.charge(
    tenant,
    amounts,
    nowMs,
    (refused) =>
      new Promise<Result<number, AppError<'worker-unavailable'>>>((resolve) => {
        refused?.addEventListener('abort', () => {
          ended = true;
          resolve(err(appError('worker-unavailable', 'ended')));
        });
      }),
    { later },
  );
  // Meanwhile others have used up what there was.
  used.pictures = 1000;
  release();
  expect(await charged).toMatchObject({ ok: false, error: { code: 'quota-exceeded' } });
  expect([ended, used.pictures, asked.includes('refund')]).toEqual([true, 1000, false]);
});

test.each([
  ['near its limits', { ...tenant, limits: { ...tenant.limits, picturesPerDay: 90 } }, nowMs],
  ['near its pixels', { ...tenant, limits: { ...tenant.limits, pixelsPerDay: 10 ** 9 } }, nowMs],
  ['not asked lately', tenant, nowMs + 10_000],
])('a plan that is %s is asked first', async (_name, subject, laterMs) => {
  const { quota, holdAnswers } = openCounters();
  const { later } = openBooks();
  await quota.charge(subject, amounts, nowMs, async () => ok(1), { later });
  const release = holdAnswers();
  let begun = false;
  const charged = quota.charge(
    subject,
    amounts,
    laterMs,
    async () => {
      begun = true;
      return ok(1);
    },
    { later },
  );
  await Promise.resolve();
  expect(begun).toBe(false);
  release();
  await charged;
});

test('a busy tenant is asked about once in many pictures, and gets back what it did not use', async () => {
  const { quota, used, asked } = openCounters();
  const busy = { ...tenant, limits: { ...tenant.limits, picturesPerDay: 10_000 } };
  const { afterwards, later } = openBooks();
  for (let picture = 0; picture < 12; picture++) {
    await quota.charge(busy, amounts, nowMs + 10 * picture, async () => ok(100), {
      told: (pixels: number) => ({ pixels }),
      later,
    });
  }
  // The first is asked for by itself, the second with some more.
  expect([asked, used.pictures]).toEqual([['consume', 'consume'], 1 + 1 + leasedPictures]);
  await Promise.all(afterwards);
  expect([asked, used]).toMatchObject([['consume', 'consume', 'spend'], { pictures: 12, pixels: 1200 }]);
});

test('what is held for a busy tenant counts as left where somebody asks, and never beyond its limit', async () => {
  const { quota, used } = openCounters();
  const busy = { ...tenant, limits: { ...tenant.limits, picturesPerDay: 3000 } };
  const { later } = openBooks();
  const charge = (picture: number) =>
    quota.charge(busy, amounts, nowMs + picture, async () => ok(0), { later });
  await charge(1);
  await charge(2);
  expect(used.pictures).toBe(2 + leasedPictures);
  expect((await quota.remaining(busy, nowMs)).pictures).toBe(2998);
  used.pictures = 2998;
  expect((await charge(3)).ok && (await charge(4)).ok).toBe(true);
  expect(await charge(5)).toMatchObject({ ok: false, error: { code: 'quota-exceeded' } });
  expect(used.pictures).toBe(3000);
});
