// Runs over the route table itself: a route that is added is tested, and one without a way to be tested fails.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scopes } from '#shared/contracts/names.ts';
import { Problem } from '#shared/contracts/problem.ts';
import { KeyCreated } from '#shared/contracts/tenant.ts';
import { type Route, routeName, scopesOf } from '../../../edge/http/route.ts';
import { isForOperator } from '../../../edge/http/route-scope.ts';
import { routeTable } from '../../../edge/routes/route-table.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import {
  adminHeaders,
  bearer,
  makeTenant,
  metricsHeaders,
  sendJson,
  type TestTenant,
} from '../../support/edge-callers.ts';
import { makeObjects } from '../../support/foreign-objects.ts';
import { paramNames, pathFor, requestFor } from '../../support/route-requests.ts';

const byName = (routes: readonly Route[]) => routes.map((route) => [routeName(route), route] as const);
const guarded = routeTable.filter(({ scope }) => scope !== 'public');
const tenantRoutes = guarded.filter(({ scope }) => !isForOperator(scope));
const openToAll = tenantRoutes.filter((route) => scopes.every((scope) => scopesOf(route).includes(scope)));
const operatorRoutes = guarded.filter(({ scope }) => isForOperator(scope));
const metricsRoutes = guarded.filter(({ scope }) => scope === 'metrics');
// Models are the service's own, the same for every tenant.
const objectRoutes = tenantRoutes.filter(
  (route) => paramNames(route).length > 0 && !route.path.startsWith('/v1/models/'),
);

let edge: Edge;
let owner: TestTenant;
let stranger: TestTenant;
let unusable: Record<string, string>;

beforeAll(async () => {
  edge = await openEdge();
  owner = await makeTenant(edge, 'owner', { requestsPerMinute: 1_000_000 });
  stranger = await makeTenant(edge, 'stranger', { requestsPerMinute: 1_000_000 });
  unusable = await makeUnusableCredentials();
});
afterAll(() => edge?.close());

async function makeKey(body: Readonly<Record<string, unknown>> = {}): Promise<KeyCreated> {
  const response = await owner.send('POST', '/v1/keys', { name: 'for a test', ...body });
  return KeyCreated.parse(await response.json());
}

async function makeUnusableCredentials(): Promise<Record<string, string>> {
  const [revoked, disabled, expired] = [await makeKey(), await makeKey(), await makeKey()];
  await owner.send('DELETE', `/v1/keys/${revoked.id}`);
  await owner.send('PATCH', `/v1/keys/${disabled.id}`, { disabled: true });
  await owner.send('POST', `/v1/keys/${expired.id}/rotate`, { graceSeconds: 0 });
  const [, environment, id] = owner.key.split('_');
  return {
    malformed: 'icm_dev_short',
    'of no known id': `icm_dev_${'0'.repeat(16)}_${'0'.repeat(43)}`,
    'with a wrong secret': `icm_${environment}_${id}_${'0'.repeat(43)}`,
    'of another environment': owner.key.replace('icm_dev_', 'icm_live_'),
    revoked: revoked.key,
    disabled: disabled.key,
    expired: expired.key,
  };
}

async function expectProblem(response: Response, status: number, code: string): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = Problem.parse(await response.json());
  expect({ status: response.status, code: problem.code }).toEqual({ status, code });
  expect(problem.status).toBe(status);
  expect(problem.requestId).toBe(response.headers.get('x-request-id'));
  return problem;
}

const call = (route: Route, headers: Readonly<Record<string, string>>, params = {}) =>
  edge.fetch(pathFor(route, params), requestFor(route, headers));

test('every route declares a scope', () => {
  for (const route of routeTable) expect(scopesOf(route).length, routeName(route)).toBeGreaterThan(0);
});

describe.each(byName(guarded))('%s', (_name, route) => {
  test('refuses a caller without a key, and one whose key is not good, all alike', async () => {
    const bare = await call(route, {});
    expect(bare.headers.get('www-authenticate')).toBe('Bearer realm="clip-icm"');
    const { requestId: _, ...expected } = await expectProblem(bare, 401, 'unauthenticated');
    for (const [kind, key] of Object.entries(unusable)) {
      const response = await call(route, bearer(key));
      const { requestId: __, ...problem } = await expectProblem(response, 401, 'unauthenticated');
      expect(problem, kind).toEqual(expected);
    }
  });
});

test('only the key itself is for whatever scope a key has', () => {
  expect(openToAll.map(routeName)).toEqual(['GET /v1/keys/self']);
});

describe.each(byName(tenantRoutes.filter((route) => !openToAll.includes(route))))('%s', (_name, route) => {
  test('refuses a key that has every scope but those it needs', async () => {
    const others = scopes.filter((scope) => !scopesOf(route).includes(scope));
    const { key } = await makeKey({ scopes: others });
    await expectProblem(await call(route, bearer(key)), 403, 'missing-scope');
  });
});

describe.each(byName(tenantRoutes))('%s', (_name, route) => {
  test("refuses the administrator's secret", async () => {
    await expectProblem(await call(route, adminHeaders), 401, 'unauthenticated');
  });

  test('refuses a suspended tenant', async () => {
    const tenant = await makeTenant(edge, 'suspended');
    await sendJson(edge, 'PATCH', `/v1/admin/tenants/${tenant.id}`, adminHeaders, { suspended: true });
    await expectProblem(await call(route, tenant.headers), 403, 'tenant-suspended');
  });
});

describe.each(byName(operatorRoutes))('%s', (_name, route) => {
  test("refuses a tenant's key with every scope", async () => {
    await expectProblem(await call(route, owner.headers), 401, 'unauthenticated');
  });
});

describe.each(byName(guarded.filter((route) => !metricsRoutes.includes(route))))('%s', (_name, route) => {
  test('refuses the secret for metrics', async () => {
    await expectProblem(await call(route, metricsHeaders), 401, 'unauthenticated');
  });
});

test('metrics alone are read with their own secret', () => {
  expect(metricsRoutes.map(routeName)).toEqual(['GET /v1/admin/metrics']);
});

describe.each(byName(objectRoutes))('%s', (_name, route) => {
  test("answers another tenant's object as one that does not exist", async () => {
    const params = await makeObjects(edge, owner, paramNames(route));
    const foreign = await expectProblem(await call(route, stranger.headers, params), 404, 'not-found');
    const absent = await expectProblem(await call(route, stranger.headers), 404, 'not-found');
    expect(foreign.detail).toBe(absent.detail);
    if (route.method !== 'GET') return;
    const own = await call(route, owner.headers, params);
    await own.body?.cancel();
    expect(own.status, 'its owner does find it').not.toBe(404);
  });
});
