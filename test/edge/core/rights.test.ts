// What a key may do to keys, and that no change undoes another: each case was possible once.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AuditPage, Key, KeyCreated, KeyPage, Tenant } from '#shared/contracts/tenant.ts';
import { maxStreams } from '../../../edge/limits/open-streams.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { adminHeaders, bearer, makeTenant, sendJson, type TestTenant } from '../../support/edge-callers.ts';
import { makeObjects } from '../../support/foreign-objects.ts';

let edge: Edge;
let tenant: TestTenant;
beforeAll(async () => {
  edge = await openEdge();
  tenant = await makeTenant(edge, 'rights');
});
afterAll(() => edge?.close());

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

async function makeKey(
  body: Readonly<Record<string, unknown>> = {},
  from = tenant.headers,
): Promise<KeyCreated> {
  const response = await sendJson(edge, 'POST', '/v1/keys', from, { name: 'a key', ...body });
  expect(response.status).toBe(201);
  return KeyCreated.parse(await response.json());
}

const as = (key: KeyCreated) => bearer(key.key);

describe('two changes at once', () => {
  test('of a tenant are both kept', async () => {
    for (let round = 0; round < 20; round++) {
      const patch = (body: unknown) =>
        sendJson(edge, 'PATCH', `/v1/admin/tenants/${tenant.id}`, adminHeaders, body);
      const requestsPerMinute = 5000 + round;
      await Promise.all([
        patch({ suspended: true }),
        patch({ limits: { requestsPerMinute } }),
        patch({ name: `r${round}` }),
      ]);
      const shown = await edge.fetch(`/v1/admin/tenants/${tenant.id}`, { headers: adminHeaders });
      expect(Tenant.parse(await shown.json())).toMatchObject({
        suspended: true,
        name: `r${round}`,
        limits: { requestsPerMinute, concurrentJobs: 4 },
      });
      await patch({ suspended: false });
    }
  });

  test('of a key, its end and its rotation, leave no successor of a revoked key', async () => {
    for (let round = 0; round < 12; round++) {
      const { id } = await makeKey();
      const [revoked, rotated] = await Promise.all([
        tenant.send('DELETE', `/v1/keys/${id}`),
        tenant.send('POST', `/v1/keys/${id}/rotate`),
      ]);
      expect(revoked.status).toBe(204);
      const old = Key.parse(await (await tenant.send('GET', `/v1/keys/${id}`)).json());
      expect(old.status).toBe('revoked');
      // The rotation came first and was whole, or came too late and did nothing.
      expect(rotated.status === 201).toBe(old.rotatedTo !== undefined);
      expect([201, 409]).toContain(rotated.status);
    }
    const { id } = await makeKey();
    await tenant.send('DELETE', `/v1/keys/${id}`);
    expect((await tenant.send('POST', `/v1/keys/${id}/rotate`)).status).toBe(409);
    expect((await tenant.send('PATCH', `/v1/keys/${id}`, { disabled: false })).status).toBe(409);
  });

  test('that come too late leave no line in the audit log', async () => {
    const { id } = await makeKey();
    await tenant.send('DELETE', `/v1/keys/${id}`);
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', '/rotate'],
    ] as const) {
      await tenant.send(method, `/v1/keys/${id}${path}`);
    }
    const { items } = AuditPage.parse(await (await tenant.send('GET', '/v1/audit?limit=100')).json());
    expect(items.filter(({ subject }) => subject === id).map(({ action }) => action)).toEqual([
      'key.revoke',
      'key.create',
    ]);
  });
});

describe('a key', () => {
  test('grants no more than it has, by any measure, and its own where nothing is said', async () => {
    const expiresAt = inAnHour();
    const small = await makeKey({ scopes: ['keys:manage', 'embed'], requestsPerMinute: 100, expiresAt });
    const ask = (body: object) =>
      sendJson(edge, 'POST', '/v1/keys', as(small), { name: 'x', scopes: ['embed'], ...body });
    expect((await ask({ scopes: ['classify'] })).status).toBe(403);
    for (const [field, value] of [
      ['requestsPerMinute', 101],
      ['expiresAt', new Date(Date.now() + 7_200_000).toISOString()],
    ] as const) {
      const refused = await ask({ [field]: value });
      expect(refused.status).toBe(422);
      expect(await refused.json()).toMatchObject({ errors: [{ pointer: `/${field}` }] });
    }
    const made = KeyCreated.parse(await (await ask({})).json());
    expect(made).toMatchObject({ requestsPerMinute: 100, expiresAt });
    const less = KeyCreated.parse(await (await ask({ requestsPerMinute: 5 })).json());
    expect(less.requestsPerMinute).toBe(5);
  });

  test('does not rotate, revoke, disable or enable one that may do more, but itself', async () => {
    const manager = await makeKey({ scopes: ['keys:manage'], requestsPerMinute: 100 });
    const faster = await makeKey({ scopes: ['keys:manage'] });
    const disabled = await makeKey({ scopes: ['classify'] });
    await tenant.send('PATCH', `/v1/keys/${disabled.id}`, { disabled: true });
    const send = (method: string, path: string, body?: unknown) =>
      sendJson(edge, method, path, as(manager), body);
    for (const id of [tenant.keyId, faster.id]) {
      expect((await send('POST', `/v1/keys/${id}/rotate`)).status).toBe(403);
      expect((await send('PATCH', `/v1/keys/${id}`, { disabled: true })).status).toBe(403);
      expect((await send('DELETE', `/v1/keys/${id}`)).status).toBe(403);
    }
    expect((await send('PATCH', `/v1/keys/${disabled.id}`, { disabled: false })).status).toBe(403);
    expect((await send('POST', `/v1/keys/${manager.id}/rotate`)).status).toBe(201);
  });

  test('in its grace period makes nothing, not even what it made before', async () => {
    const old = await makeKey({ scopes: ['keys:manage', 'embed'] });
    const create = () =>
      sendJson(
        edge,
        'POST',
        '/v1/keys',
        { ...as(old), 'idempotency-key': 'grace-1' },
        { name: 'x', scopes: ['embed'] },
      );
    expect((await create()).status).toBe(201);
    const rotated = await sendJson(edge, 'POST', `/v1/keys/${old.id}/rotate`, as(old), {
      graceSeconds: 3600,
    });
    expect(rotated.status).toBe(201);
    expect((await edge.fetch('/v1/keys', { headers: as(old) })).status).toBe(200);
    const again = await create();
    expect(again.status).toBe(409);
    expect(await again.text()).not.toContain('icm_dev_');
    const successor = KeyCreated.parse(await rotated.json());
    expect((await sendJson(edge, 'POST', `/v1/keys/${successor.id}/rotate`, as(old))).status).toBe(409);
    expect((await sendJson(edge, 'POST', `/v1/keys/${successor.id}/rotate`, as(successor))).status).toBe(201);
  });

  test('hears no answer that was kept for another one', async () => {
    const body = { name: 'secret of a greater key' };
    const headers = { 'idempotency-key': 'replayed-1' };
    const greater = await tenant.send('POST', '/v1/keys', body, headers);
    const { key } = KeyCreated.parse(await greater.json());
    const lesser = await makeKey({ scopes: ['keys:manage'] });
    const replayed = await sendJson(edge, 'POST', '/v1/keys', { ...as(lesser), ...headers }, body);
    expect(replayed.status).toBe(403);
    expect(await replayed.text()).not.toContain(key);
  });
});

describe('what outlives a request', () => {
  test('a stream ends when its key is revoked or its tenant suspended', async () => {
    const database = await edge.miniflare.getD1Database('DB');
    for (const end of ['revoke', 'suspend'] as const) {
      const other = await makeTenant(edge, `stream ${end}`);
      const { job = '' } = await makeObjects(edge, other, ['job']);
      await database
        .prepare("UPDATE jobs SET status = 'running', finished_at = NULL, heartbeat_at = 9e15 WHERE id = ?")
        .bind(job)
        .run();
      const watcher = KeyCreated.parse(
        await (await other.send('POST', '/v1/keys', { name: 'watcher', scopes: ['datasets'] })).json(),
      );
      const stream = await edge.fetch(`/v1/jobs/${job}/events`, { headers: as(watcher) });
      expect(stream.status).toBe(200);
      const ended = stream.text();
      if (end === 'revoke') await other.send('DELETE', `/v1/keys/${watcher.id}`);
      else await sendJson(edge, 'PATCH', `/v1/admin/tenants/${other.id}`, adminHeaders, { suspended: true });
      expect(await ended).toContain('event: job');
    }
  });

  test('a tenant has so many streams open and no more, and those that end make room', async () => {
    const database = await edge.miniflare.getD1Database('DB');
    const [many, other] = [await makeTenant(edge, 'many streams'), await makeTenant(edge, 'one stream')];
    const runningJob = async (owner: TestTenant) => {
      const { job = '' } = await makeObjects(edge, owner, ['job']);
      await database
        .prepare("UPDATE jobs SET status = 'running', finished_at = NULL, heartbeat_at = 9e15 WHERE id = ?")
        .bind(job)
        .run();
      return job;
    };
    const follow = ({ headers }: TestTenant, job: string) =>
      edge.fetch(`/v1/jobs/${job}/events`, { headers });
    const job = await runningJob(many);
    const open = await Promise.all(Array.from({ length: maxStreams }, () => follow(many, job)));
    expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
    const refused = await follow(many, job);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const others = await follow(other, await runningJob(other));
    expect(others.status).toBe(200);
    await others.body?.cancel();
    await database.prepare("UPDATE jobs SET status = 'cancelled' WHERE id = ?").bind(job).run();
    await Promise.all(open.map((stream) => stream.text()));
    expect((await follow(many, job)).status).toBe(200);
  });

  test('a job ends with the revocation of its key, and waits while the key is disabled', async () => {
    const database = await edge.miniflare.getD1Database('DB');
    const worker = await edge.miniflare.getWorker();
    const { job = '' } = await makeObjects(edge, tenant, ['job']);
    const { id: keyId } = await makeKey({ scopes: ['datasets'] });
    await database
      .prepare(
        "UPDATE jobs SET status = 'running', finished_at = NULL, key_id = ?2, heartbeat_at = 0 WHERE id = ?1",
      )
      .bind(job, keyId)
      .run();
    const found = async () =>
      database.prepare('SELECT status, attempt, input FROM jobs WHERE id = ?').bind(job).first();
    await tenant.send('PATCH', `/v1/keys/${keyId}`, { disabled: true });
    await worker.scheduled({ scheduledTime: new Date() });
    expect(await found()).toMatchObject({ status: 'running', attempt: 1 });
    await tenant.send('DELETE', `/v1/keys/${keyId}`);
    await worker.scheduled({ scheduledTime: new Date() });
    expect(await found()).toMatchObject({ status: 'cancelled', input: '{}' });
  });
});

test('an evaluation can be deleted once it has ended', async () => {
  const database = await edge.miniflare.getD1Database('DB');
  const { evaluation = '' } = await makeObjects(edge, tenant, ['evaluation']);
  const path = `/v1/evaluations/${evaluation}`;
  await database.prepare("UPDATE evaluations SET status = 'running' WHERE id = ?").bind(evaluation).run();
  expect((await tenant.send('DELETE', path)).status).toBe(409);
  await database.prepare("UPDATE evaluations SET status = 'succeeded' WHERE id = ?").bind(evaluation).run();
  expect((await tenant.send('DELETE', path)).status).toBe(204);
  expect((await tenant.send('GET', path)).status).toBe(404);
  expect((await tenant.send('DELETE', path)).status).toBe(404);
});

test('keys are listed after all that', async () => {
  expect(
    KeyPage.parse(await (await tenant.send('GET', '/v1/keys?limit=100')).json()).items.length,
  ).toBeGreaterThan(5);
});
