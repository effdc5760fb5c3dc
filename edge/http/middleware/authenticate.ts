// Who is calling: a tenant's key (`Authorization: Bearer` or `x-api-key`), the administrator, or nobody.
// Then whether they may use the route at all. Runs before anything that costs.

import { type AppError, appError } from '#shared/app-error.ts';
import type { Scope } from '#shared/contracts/tenant.ts';
import { sha256, timingSafeEqual } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { KeyRecord, KeyTenant } from '../../stores/key-store.ts';
import type { KeyVerifier } from '../../use-cases/verify-key.ts';

/** What a route asks of its caller: one scope, any one of several, the administrator's secret, or nothing at all. */
export type RouteScope = Scope | readonly Scope[] | 'admin' | 'public';

export type TenantCaller = {
  readonly kind: 'tenant';
  readonly tenant: KeyTenant;
  readonly key: KeyRecord;
};
export type AdminCaller = { readonly kind: 'admin' };
export type Caller = TenantCaller | AdminCaller;

type Collaborators = { readonly verifier: KeyVerifier; readonly adminSecret: string };

const notAdministrator = err(
  appError('unauthenticated', "Send the administrator's secret as a bearer token."),
);

/** `undefined` for a public route, whatever the headers say. */
export async function authenticate(
  request: Request,
  scope: RouteScope,
  { verifier, adminSecret }: Collaborators,
  nowMs: number,
): Promise<Result<Caller | undefined, AppError<'unauthenticated' | 'tenant-suspended'>>> {
  if (scope === 'public') return ok(undefined);
  const presented = credential(request.headers);
  if (scope === 'admin') {
    const same = await sameSecret(presented, adminSecret);
    return same ? ok({ kind: 'admin' }) : notAdministrator;
  }
  const verified = await verifier.verify(presented, nowMs);
  return verified.ok
    ? ok({ kind: 'tenant', tenant: verified.value.tenant, key: verified.value.key })
    : verified;
}

function credential(headers: Headers): string {
  const authorization = headers.get('authorization');
  if (authorization === null) return headers.get('x-api-key') ?? '';
  return /^bearer /i.test(authorization) ? authorization.slice('bearer '.length).trim() : '';
}

/** Compares digests, so that not even the secret's length shows in the time. */
async function sameSecret(presented: string, secret: string): Promise<boolean> {
  const encoder = new TextEncoder();
  const [a, b] = await Promise.all([sha256(encoder.encode(presented)), sha256(encoder.encode(secret))]);
  return timingSafeEqual(a, b);
}

export function requireScope(
  caller: Caller | undefined,
  scope: RouteScope,
): Result<undefined, AppError<'missing-scope'>> {
  if (scope === 'public' || scope === 'admin' || caller?.kind !== 'tenant') return ok(undefined);
  const wanted = typeof scope === 'string' ? [scope] : scope;
  if (wanted.some((one) => caller.key.scopes.includes(one))) return ok(undefined);
  return err(appError('missing-scope', `This route needs a key with the scope ${wanted.join(' or ')}.`));
}
