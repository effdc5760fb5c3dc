// Who is calling: a tenant's key (`Authorization: Bearer` or `x-api-key`), the administrator, or nobody.
// Then whether they may use the route at all. Runs before anything that costs.

import { type AppError, appError } from '#shared/app-error.ts';
import { sha256, timingSafeEqual } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { secondsToNextMinute } from '../../limits/rate-limiter.ts';
import type { KeyRecord, KeyTenant } from '../../stores/key-record.ts';
import type { KeyVerifier, VerifiedKey } from '../../use-cases/verify-key.ts';
import { isForOperator, type OperatorScope, type RouteScope } from '../route-scope.ts';

export type TenantCaller = {
  readonly kind: 'tenant';
  readonly tenant: KeyTenant;
  readonly key: KeyRecord;
};
export type AdminCaller = { readonly kind: 'admin' };
export type MetricsCaller = { readonly kind: 'metrics' };
export type Caller = TenantCaller | AdminCaller | MetricsCaller;

type Collaborators = {
  readonly verifier: KeyVerifier;
  readonly adminSecret: string;
  readonly metricsSecret: string | undefined;
  /** Whether the caller's address has used up what refused calls may cost. */
  readonly isSpent: () => boolean;
};

const notOperator = {
  admin: err(appError('unauthenticated', "Send the administrator's secret as a bearer token.")),
  metrics: err(
    appError('unauthenticated', "Send the secret for metrics, or the administrator's, as a bearer token."),
  ),
};

function tooManyRefusals(nowMs: number) {
  const retryAfterSeconds = secondsToNextMinute(nowMs);
  const detail = 'Too many calls from this address were refused.';
  return err(appError('rate-limited', detail, { retryAfterSeconds }));
}

type Authenticated = Result<
  Caller | undefined,
  AppError<'unauthenticated' | 'tenant-suspended' | 'rate-limited'>
>;

/** `undefined` for a public route, whatever the headers say. At once where the key is known. */
export function authenticate(
  request: Request,
  scope: RouteScope,
  collaborators: Collaborators,
  nowMs: number,
): Authenticated | Promise<Authenticated> {
  if (scope === 'public') return ok(undefined);
  const presented = credential(request.headers);
  if (isForOperator(scope)) return authenticateOperator(presented, scope, collaborators, nowMs);
  const { verifier, isSpent } = collaborators;
  const known = verifier.recall(presented, nowMs);
  if (known !== undefined) return ok(asCaller(known));
  if (!verifier.wasGood(presented) && isSpent()) return tooManyRefusals(nowMs);
  return authenticateTenant(presented, verifier, nowMs);
}

async function authenticateOperator(
  presented: string,
  scope: OperatorScope,
  { adminSecret, metricsSecret, isSpent }: Collaborators,
  nowMs: number,
): Promise<Authenticated> {
  if (await sameSecret(presented, adminSecret)) return ok({ kind: 'admin' });
  if (scope === 'metrics' && metricsSecret !== undefined && (await sameSecret(presented, metricsSecret))) {
    return ok({ kind: 'metrics' });
  }
  return isSpent() ? tooManyRefusals(nowMs) : notOperator[scope];
}

async function authenticateTenant(
  presented: string,
  verifier: KeyVerifier,
  nowMs: number,
): Promise<Authenticated> {
  const verified = await verifier.verify(presented, nowMs);
  return verified.ok ? ok(asCaller(verified.value)) : verified;
}

function asCaller({ tenant, key }: VerifiedKey): TenantCaller {
  return { kind: 'tenant', tenant, key };
}

/** A bearer token, else `x-api-key`: proxies put an `Authorization` of their own beside it. */
function credential(headers: Headers): string {
  const authorization = headers.get('authorization');
  if (authorization !== null && /^bearer /i.test(authorization)) {
    return authorization.slice('bearer '.length).trim();
  }
  return headers.get('x-api-key') ?? '';
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
  if (scope === 'public' || isForOperator(scope) || caller?.kind !== 'tenant') return ok(undefined);
  const wanted = typeof scope === 'string' ? [scope] : scope;
  if (wanted.some((one) => caller.key.scopes.includes(one))) return ok(undefined);
  return err(appError('missing-scope', `This route needs a key with the scope ${wanted.join(' or ')}.`));
}
