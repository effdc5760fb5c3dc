// Tenants and keys for tests, made as an operator makes them: through the admin API.

import { TenantCreated } from '#shared/contracts/tenant.ts';
import { type Edge, testSecrets } from './edge.ts';

export const adminHeaders = { authorization: `Bearer ${testSecrets.ADMIN_SECRET}` } as const;

export const metricsHeaders = { authorization: `Bearer ${testSecrets.METRICS_SECRET}` } as const;

export type TestTenant = {
  readonly id: string;
  readonly key: string;
  readonly keyId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sends JSON with the tenant's key. */
  readonly send: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Response>;
};

/** A tenant with the default plan but for `limits`, and its first key with every scope. */
export async function makeTenant(
  edge: Edge,
  name: string,
  limits: Readonly<Record<string, unknown>> = {},
): Promise<TestTenant> {
  const response = await sendJson(edge, 'POST', '/v1/admin/tenants', adminHeaders, { name, limits });
  if (response.status !== 201) throw new Error(`no tenant: ${response.status} ${await response.text()}`);
  const { tenant, key } = TenantCreated.parse(await response.json());
  const headers = bearer(key.key);
  return {
    id: tenant.id,
    key: key.key,
    keyId: key.id,
    headers,
    send: (method, path, body, extra = {}) => sendJson(edge, method, path, { ...headers, ...extra }, body),
  };
}

export function bearer(key: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${key}` };
}

export function sendJson(
  edge: Pick<Edge, 'fetch'>,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Response> {
  const content =
    body === undefined
      ? { headers }
      : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return edge.fetch(path, { method, ...content });
}
