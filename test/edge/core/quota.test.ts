import { afterAll, beforeAll, expect, test } from 'vitest';
import { appError } from '#shared/app-error.ts';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import { Problem } from '#shared/contracts/problem.ts';
import { UsageResponse } from '#shared/contracts/usage.ts';
import { err, ok } from '#shared/result.ts';
import { createQuota } from '../../../edge/limits/quota.ts';
import type { QuotaAmounts, QuotaNamespace } from '../../../edge/limits/quota-types.ts';
import { defaultLimits } from '../../../edge/stores/plan-limits.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { adminHeaders, makeTenant, sendJson } from '../../support/edge-callers.ts';
import { stayInOneDay } from '../../support/one-day.ts';
import { samplePicture } from '../../support/pictures.ts';

let edge: Edge;
stayInOneDay();
beforeAll(async () => {
  edge = await openEdge();
});
afterAll(() => edge?.close());

/** Calls `work` `count` times, `concurrency` at once. */
async function runMany<T>(count: number, concurrency: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let started = 0;
  const lane = async () => {
    while (started < count) {
      started += 1;
      results.push(await work());
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return results;
}

test('lets exactly 500 of 1,000 requests at concurrency 50 through a quota of 500', async () => {
  const tenant = await makeTenant(edge, 'quota', { requestsPerDay: 500 });
  const statuses = await runMany(1000, 50, async () => {
    const response = await tenant.send('GET', '/v1/keys');
    await response.arrayBuffer();
    return response.status;
  });
  expect(statuses.filter((status) => status === 200)).toHaveLength(500);
  expect(statuses.filter((status) => status === 429)).toHaveLength(500);
});

test('says when to come back and how much is left', async () => {
  const tenant = await makeTenant(edge, 'quota headers', { requestsPerDay: 2 });
  const first = await tenant.send('GET', '/v1/keys');
  expect(first.headers.get('ratelimit-policy')).toBe('"daily";q=2;w=86400');
  expect(first.headers.get('ratelimit')).toMatch(/^"daily";r=1;t=\d+$/);
  await tenant.send('GET', '/v1/keys');
  const refused = await tenant.send('GET', '/v1/keys');
  expect(refused.status).toBe(429);
  expect(Problem.parse(await refused.json()).code).toBe('quota-exceeded');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('ratelimit')).toMatch(/^"daily";r=0;t=\d+$/);
});

test.each([1, 7, 30, 150])('holds a tenant to %i requests a minute', async (requestsPerMinute) => {
  const tenant = await makeTenant(edge, `rate ${requestsPerMinute}`, { requestsPerMinute });
  const responses = await runMany(requestsPerMinute * 2 + 10, 8, () => tenant.send('GET', '/v1/keys'));
  const granted = responses.filter(({ status }) => status === 200).length;
  // The run may straddle two minutes.
  expect(granted).toBeGreaterThanOrEqual(requestsPerMinute);
  expect(granted).toBeLessThanOrEqual(requestsPerMinute * 2);
  const refused = responses.find(({ status }) => status === 429);
  expect(refused === undefined || refused.headers.get('retry-after') !== null).toBe(true);
});

test('holds a key to its own rate while its tenant goes on', async () => {
  const tenant = await makeTenant(edge, 'key rate');
  const created = await tenant.send('POST', '/v1/keys', { name: 'slow', requestsPerMinute: 2 });
  const { key } = (await created.json()) as { key: string };
  const statuses = await runMany(8, 1, async () => {
    return (await edge.fetch('/v1/keys', { headers: { 'x-api-key': key } })).status;
  });
  expect(statuses).toContain(429);
  expect((await tenant.send('GET', '/v1/keys')).status).toBe(200);
});

test('counts requests and errors by route and day', async () => {
  const tenant = await makeTenant(edge, 'usage');
  await tenant.send('GET', '/v1/keys');
  await tenant.send('GET', '/v1/keys');
  await tenant.send('GET', '/v1/keys/key_0000000000000000');
  const usage = UsageResponse.parse(await (await tenant.send('GET', '/v1/usage')).json());
  expect(usage.totals).toMatchObject({ requests: 3, errors: 1 });
  const routes = usage.days.flatMap((day) => day.routes);
  expect(routes).toContainEqual({ route: 'GET /v1/keys', requests: 2, errors: 0 });
  expect(routes).toContainEqual({ route: 'GET /v1/keys/:key', requests: 1, errors: 1 });
  const plan = { pictures: 100_000, pixels: 10 ** 12, texts: 1_000_000, fetches: 100_000 };
  expect(usage).toMatchObject({ perDay: plan, leftToday: plan });
});

test('tells what is stored and how many rows there are, beside what there may be', async () => {
  const tenant = await makeTenant(edge, 'stored', { storedBytes: 10_000_000, requestsPerDay: 50 });
  const read = async () => UsageResponse.parse(await (await tenant.send('GET', '/v1/usage')).json());
  const before = await read();
  expect(before).toMatchObject({
    perDay: { requests: 50 },
    stored: { used: 0, limit: 10_000_000 },
    rows: {
      datasets: { used: 0, limit: 1000 },
      keys: { used: 1, limit: 2000 },
      webhooks: { used: 0, limit: 10 },
    },
  });
  await tenant.send('POST', '/v1/datasets', { name: 'birds' });
  const picture = samplePicture('noto', 'cat');
  await edge.fetch('/v1/datasets/birds/items?environment=north', {
    method: 'POST',
    headers: { ...tenant.headers, 'content-type': 'image/png' },
    body: picture,
  });
  const after = await read();
  expect(after.rows.datasets.used).toBe(1);
  expect(after.stored.used).toBe(picture.byteLength + itemRowBytes);
});

test('charges named work once, and gives it back to the day that it was taken from', async () => {
  const namespace = await edge.miniflare.getDurableObjectNamespace('QUOTA');
  const quota = createQuota(namespace as unknown as QuotaNamespace);
  const limits = { ...defaultLimits, picturesPerDay: 10 };
  const subject = { id: 'ten_named_work', limits };
  const [today, tomorrow] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)];
  const take = async (work: string, nowMs: number) =>
    (await quota.consume(subject, { pictures: 6 }, nowMs, work)).ok;
  const left = async (nowMs: number) => (await quota.remaining(subject, nowMs)).pictures;
  // Once more, as after a crash that kept the first from being told done; and once the day is over.
  expect([await take('job/1', today), await take('job/1', today), await left(today)]).toEqual([
    true,
    true,
    4,
  ]);
  expect(await take('job/2', today)).toBe(false);
  expect([await take('job/1', tomorrow), await left(tomorrow)]).toEqual([true, 10]);
  expect([await take('job/2', tomorrow), await left(tomorrow)]).toEqual([true, 4]);
  await quota.refund(subject, { pictures: 6 }, tomorrow, 'job/1');
  expect(await left(tomorrow)).toBe(4);
  await quota.refund(subject, { pictures: 6 }, tomorrow, 'job/2');
  await quota.refund(subject, { pictures: 6 }, tomorrow, 'job/2');
  expect([await left(tomorrow), await take('job/2', tomorrow), await left(tomorrow)]).toEqual([10, true, 4]);
});

test('tells what is counted of a job: work once, however often it is done, and nothing that was given back', async () => {
  const namespace = await edge.miniflare.getDurableObjectNamespace('QUOTA');
  const quota = createQuota(namespace as unknown as QuotaNamespace);
  const subject = { id: 'ten_counted_work', limits: defaultLimits };
  const [today, tomorrow] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)];
  const shown = new Map<string, number>();
  const options = {
    told: (texts: number) => ({ texts }),
    counted: async (amounts: QuotaAmounts, day: string) => {
      for (const [name, amount] of Object.entries(amounts)) {
        shown.set(`${day} ${name}`, (shown.get(`${day} ${name}`) ?? 0) + amount);
      }
    },
  };
  const work = { pictures: 6 };
  const good = async () => ok(0);
  const bad = async () => err(appError('worker-unavailable', 'Not there.'));
  for (const atMs of [today, today, tomorrow]) {
    await quota.charge(subject, work, atMs, good, { ...options, name: 'job/1' });
  }
  await quota.charge(subject, work, today, bad, { ...options, name: 'job/2' });
  expect(Object.fromEntries(shown)).toEqual({ '2026-01-01 pictures': 6 });
  // Done again a day later, and failing then: it is given back where it was taken.
  await quota.charge(subject, work, tomorrow, bad, { ...options, name: 'job/1' });
  expect(Object.fromEntries(shown)).toEqual({ '2026-01-01 pictures': 0 });
  await quota.charge(subject, { texts: 0 }, tomorrow, async () => ok(40), options);
  expect(shown.get('2026-01-02 texts')).toBe(40);
  expect((await quota.remaining(subject, tomorrow)).texts).toBe(defaultLimits.textsPerDay - 40);
});

test('refuses a range of days that is none', async () => {
  const tenant = await makeTenant(edge, 'ranges');
  for (const query of ['from=2026-05-04&to=2026-05-01', 'from=2020-01-01&to=2026-01-01', 'from=tomorrow']) {
    expect((await tenant.send('GET', `/v1/usage?${query}`)).status).toBe(422);
  }
});

test('notes when a key was last used', async () => {
  const tenant = await makeTenant(edge, 'last used');
  await tenant.send('GET', '/v1/usage');
  await tenant.send('GET', '/v1/usage');
  const key = (await (await tenant.send('GET', `/v1/keys/${tenant.keyId}`)).json()) as {
    lastUsedAt?: string;
  };
  expect(key.lastUsedAt).toBeDefined();
});

test('refuses a suspended tenant, and lets it back', async () => {
  const tenant = await makeTenant(edge, 'suspended');
  const path = `/v1/admin/tenants/${tenant.id}`;
  await sendJson(edge, 'PATCH', path, adminHeaders, { suspended: true });
  const refused = await tenant.send('GET', '/v1/keys');
  expect(refused.status).toBe(403);
  expect(Problem.parse(await refused.json()).code).toBe('tenant-suspended');
  await sendJson(edge, 'PATCH', path, adminHeaders, { suspended: false });
  expect((await tenant.send('GET', '/v1/keys')).status).toBe(200);
});

test('charges for what was worked on, whoever gave up waiting, and for what it turned out to be', async () => {
  const namespace = await edge.miniflare.getDurableObjectNamespace('QUOTA');
  const quota = createQuota(namespace as unknown as QuotaNamespace);
  const subject = { id: 'ten_worked', limits: { ...defaultLimits, picturesPerDay: 10, pixelsPerDay: 100 } };
  const nowMs = Date.UTC(2026, 0, 1);
  const left = async () => {
    const { pictures, pixels } = await quota.remaining(subject, nowMs);
    return [pictures, pixels];
  };
  const amounts = { pictures: 2, pixels: 0 };
  const options = { told: (pixels: number) => ({ pixels }), assumed: { pixels: 50 } };
  const fail = (worked: boolean) => async () =>
    err(appError('worker-overloaded', 'Not in time.', worked ? { worked } : {}));
  await quota.charge(subject, amounts, nowMs, async () => ok(30), options);
  expect(await left()).toEqual([8, 70]);
  await quota.charge(subject, amounts, nowMs, fail(false), options);
  expect(await left()).toEqual([8, 70]);
  await quota.charge(subject, amounts, nowMs, fail(true), options);
  expect(await left()).toEqual([6, 20]);
  // Past the limit, because it was known only afterwards; then nothing more is begun.
  await quota.charge(subject, amounts, nowMs, async () => ok(70), options);
  expect(await left()).toEqual([4, 0]);
  const begun = await quota.charge(subject, amounts, nowMs, async () => ok(1), options);
  expect(begun).toMatchObject({ ok: false, error: { code: 'quota-exceeded' } });
  expect(await left()).toEqual([4, 0]);
});
