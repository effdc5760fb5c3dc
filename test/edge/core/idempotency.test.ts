import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyPage } from '#shared/contracts/tenant.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant, type TestTenant } from '../../support/edge-callers.ts';

let edge: Edge;
let tenant: TestTenant;
beforeAll(async () => {
  edge = await openEdge();
  tenant = await makeTenant(edge, 'idempotency');
});
afterAll(() => edge?.close());

const create = (key: string, name: string, from = tenant) =>
  from.send('POST', '/v1/keys', { name }, { 'idempotency-key': key });

async function countKeys(name: string): Promise<number> {
  const page = KeyPage.parse(await (await tenant.send('GET', '/v1/keys?limit=100')).json());
  return page.items.filter((key) => key.name === name).length;
}

test('replays the same answer to the same request, secret and all', async () => {
  const first = await create('replay-1', 'once');
  const second = await create('replay-1', 'once');
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(await second.text()).toBe(await first.text());
  expect(first.headers.has('idempotent-replayed')).toBe(false);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
  expect(await countKeys('once')).toBe(1);
});

test('refuses another request under the same key', async () => {
  await create('conflict-1', 'one body');
  const other = await create('conflict-1', 'another body');
  expect(other.status).toBe(409);
  expect(await other.json()).toMatchObject({ code: 'idempotency-conflict' });
});

test('does the work once for many requests at once', async () => {
  const responses = await Promise.all(Array.from({ length: 12 }, () => create('race-1', 'raced')));
  const statuses = responses.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(1);
  for (const response of responses.filter(({ status }) => status !== 201)) {
    expect(response.status).toBe(409);
    expect(response.headers.get('retry-after')).toBe('1');
  }
  expect(await countKeys('raced')).toBe(1);
});

test("keeps tenants' keys apart", async () => {
  const other = await makeTenant(edge, 'another');
  const mine = await create('shared-1', 'same');
  const theirs = await create('shared-1', 'same', other);
  expect(theirs.status).toBe(201);
  expect(await theirs.text()).not.toBe(await mine.text());
});

test('lets a refused request be mended under its key', async () => {
  const refused = await tenant.send('POST', '/v1/keys', { name: '' }, { 'idempotency-key': 'mend-1' });
  expect(refused.status).toBe(422);
  expect((await create('mend-1', 'mended')).status).toBe(201);
});

test('keeps answers encrypted', async () => {
  const { key } = (await (await create('sealed-1', 'sealed')).json()) as { key: string };
  const database = await edge.miniflare.getD1Database('DB');
  const { results } = await database.prepare('SELECT answer FROM idempotency').all<{ answer: number[] }>();
  const stored = results.map(({ answer }) => new TextDecoder().decode(Uint8Array.from(answer ?? []))).join();
  expect(stored).not.toContain(key);
  expect(stored).not.toContain('sealed');
});

test('refuses a key that is none', async () => {
  expect((await create('x'.repeat(256), 'long')).status).toBe(400);
});
