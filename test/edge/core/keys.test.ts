import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AuditPage, Key, KeyCreated, KeyPage } from '#shared/contracts/tenant.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { bearer, makeTenant, sendJson, type TestTenant } from '../../support/edge-callers.ts';

let edge: Edge;
let tenant: TestTenant;
beforeAll(async () => {
  edge = await openEdge();
  tenant = await makeTenant(edge, 'keys');
});
afterAll(() => edge?.close());

async function makeKey(body: Readonly<Record<string, unknown>> = {}): Promise<KeyCreated> {
  const response = await tenant.send('POST', '/v1/keys', { name: 'a key', ...body });
  expect(response.status).toBe(201);
  return KeyCreated.parse(await response.json());
}

describe('a new key', () => {
  test('works at once, as a bearer token and as x-api-key', async () => {
    const { key, id } = await makeKey();
    for (const headers of [bearer(key), { 'x-api-key': key }]) {
      const response = await edge.fetch(`/v1/keys/${id}`, { headers });
      expect(response.status).toBe(200);
      expect(Key.parse(await response.json()).status).toBe('active');
    }
  });

  test('is told what it is, whatever it may do', async () => {
    const made = await makeKey({ name: 'camera', scopes: ['classify'] });
    const response = await edge.fetch('/v1/keys/self', { headers: bearer(made.key) });
    expect(response.status).toBe(200);
    const { id, name, scopes } = Key.parse(await response.json());
    expect({ id, name, scopes }).toEqual({ id: made.id, name: 'camera', scopes: ['classify'] });
  });

  test('is never shown again', async () => {
    const { key, id } = await makeKey();
    const secret = key.split('_')[3] ?? '';
    const answers = await Promise.all(
      ['/v1/keys', `/v1/keys/${id}`, '/v1/audit'].map(async (path) =>
        (await tenant.send('GET', path)).text(),
      ),
    );
    for (const answer of answers) expect(answer).not.toContain(secret);
  });

  test('lies in the database only as a hash', async () => {
    const { key } = await makeKey();
    const database = await edge.miniflare.getD1Database('DB');
    const { results } = await database.prepare('SELECT * FROM keys').all();
    expect(JSON.stringify(results)).not.toContain(key.split('_')[3]);
  });

  test('cannot expire in the past', async () => {
    const response = await tenant.send('POST', '/v1/keys', {
      name: 'old',
      expiresAt: '2020-01-01T00:00:00Z',
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'invalid-request',
      errors: [{ pointer: '/expiresAt' }],
    });
  });
});

describe('a key that manages keys', () => {
  test('cannot grant a scope it lacks, nor rotate a key that has one', async () => {
    const manager = await makeKey({ scopes: ['keys:manage'] });
    const granted = await sendJson(edge, 'POST', '/v1/keys', bearer(manager.key), {
      name: 'more',
      scopes: ['classify'],
    });
    expect(granted.status).toBe(403);
    const rotated = await sendJson(edge, 'POST', `/v1/keys/${tenant.keyId}/rotate`, bearer(manager.key));
    expect(rotated.status).toBe(403);
    expect(await rotated.json()).toMatchObject({ code: 'missing-scope' });
  });
});

describe('a key taken out of use', () => {
  test('is refused from the next request on where it was disabled, and works again when enabled', async () => {
    const { key, id } = await makeKey();
    const status = async () => (await edge.fetch('/v1/keys', { headers: bearer(key) })).status;
    expect(await status()).toBe(200);
    expect((await tenant.send('PATCH', `/v1/keys/${id}`, { disabled: true })).status).toBe(200);
    expect(await status()).toBe(401);
    await tenant.send('PATCH', `/v1/keys/${id}`, { disabled: false, name: 'renamed' });
    expect(await status()).toBe(200);
    const shown = Key.parse(await (await tenant.send('GET', `/v1/keys/${id}`)).json());
    expect(shown).toMatchObject({ name: 'renamed', status: 'active' });
  });

  test('stays revoked', async () => {
    const { key, id } = await makeKey();
    expect((await tenant.send('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect((await tenant.send('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect((await edge.fetch('/v1/keys', { headers: bearer(key) })).status).toBe(401);
    expect((await tenant.send('PATCH', `/v1/keys/${id}`, { disabled: false })).status).toBe(409);
    const shown = Key.parse(await (await tenant.send('GET', `/v1/keys/${id}`)).json());
    expect(shown.status).toBe('revoked');
  });

  test('works through its grace period beside its successor', async () => {
    const old = await makeKey({ scopes: ['keys:manage', 'embed'] });
    const response = await tenant.send('POST', `/v1/keys/${old.id}/rotate`, { graceSeconds: 3600 });
    expect(response.status).toBe(201);
    const successor = KeyCreated.parse(await response.json());
    expect(successor).toMatchObject({ name: old.name, scopes: old.scopes, status: 'active' });
    for (const key of [old.key, successor.key]) {
      expect((await edge.fetch('/v1/keys', { headers: bearer(key) })).status).toBe(200);
    }
    const shown = Key.parse(await (await tenant.send('GET', `/v1/keys/${old.id}`)).json());
    expect(shown.rotatedTo).toBe(successor.id);
    expect(shown.expiresAt).toBeDefined();
    expect((await tenant.send('POST', `/v1/keys/${old.id}/rotate`)).status).toBe(409);
  });

  test('stops at once where it is rotated without grace', async () => {
    const old = await makeKey();
    await tenant.send('POST', `/v1/keys/${old.id}/rotate`, { graceSeconds: 0 });
    expect((await edge.fetch('/v1/keys', { headers: bearer(old.key) })).status).toBe(401);
  });
});

test('lists every key once, page by page, newest first', async () => {
  const other = await makeTenant(edge, 'pages');
  for (let i = 0; i < 6; i++) await other.send('POST', '/v1/keys', { name: `key ${i}` });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? '?limit=3' : `?limit=3&cursor=${cursor}`;
    const page = KeyPage.parse(await (await other.send('GET', `/v1/keys${query}`)).json());
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(seen).toHaveLength(7);
  expect(new Set(seen).size).toBe(7);
  expect((await other.send('GET', '/v1/keys?cursor=nonsense')).status).toBe(422);
});

test('writes every act to the audit log, with who did it', async () => {
  const other = await makeTenant(edge, 'audited');
  const created = KeyCreated.parse(await (await other.send('POST', '/v1/keys', { name: 'b' })).json());
  await other.send('PATCH', `/v1/keys/${created.id}`, { name: 'c' });
  await other.send('DELETE', `/v1/keys/${created.id}`);
  const { items } = AuditPage.parse(await (await other.send('GET', '/v1/audit')).json());
  expect(
    new Set(items.map(({ action, actor }) => `${action} by ${actor === other.keyId ? 'key' : actor}`)),
  ).toEqual(
    new Set([
      'tenant.create by admin',
      'key.create by admin',
      'key.create by key',
      'key.update by key',
      'key.revoke by key',
    ]),
  );
});
