// Request rates per tenant, and per key where the key has its own; then, once it is known that the caller may use the route at
// all, the daily quota of requests where the plan has one. Answers the refusal with the headers of the IETF draft (RateLimit, RateLimit-Policy).

import { type AppError, appError } from '#shared/app-error.ts';
import type { Quota } from '../../limits/quota-types.ts';
import { type RateLimiter, secondsToNextMinute } from '../../limits/rate-limiter.ts';
import { secondsToMidnight } from '../../limits/utc-day.ts';
import type { TenantCaller } from './authenticate.ts';

type Collaborators = { readonly rateLimiter: RateLimiter; readonly quota: Quota };

/** Headers for the answer, and the refusal where there is one. */
export type LimitOutcome = {
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal: AppError<'rate-limited' | 'quota-exceeded' | 'missing-scope'> | undefined;
};

type Refused = LimitOutcome | undefined;

/** `undefined` where one more request is allowed; at once where permits have been bought before, which is nearly always. */
export function limitRate(
  { tenant, key }: TenantCaller,
  { rateLimiter }: Pick<Collaborators, 'rateLimiter'>,
  nowMs: number,
): Refused | Promise<Refused> {
  const ofTenant = () => takeOne('tenant', tenant.id, tenant.limits.requestsPerMinute, rateLimiter, nowMs);
  if (key.requestsPerMinute === undefined) return ofTenant();
  const ofKey = takeOne('key', key.id, key.requestsPerMinute, rateLimiter, nowMs);
  return ofKey instanceof Promise ? ofKey.then((refused) => refused ?? ofTenant()) : (ofKey ?? ofTenant());
}

function takeOne(
  name: string,
  subject: string,
  perMinute: number,
  rateLimiter: RateLimiter,
  nowMs: number,
): Refused | Promise<Refused> {
  const taken = rateLimiter.take(subject, perMinute, nowMs);
  if (taken === true) return undefined;
  if (taken === false) return rateRefusal(name, perMinute, nowMs);
  return taken.then((isTaken) => (isTaken ? undefined : rateRefusal(name, perMinute, nowMs)));
}

export function limitDay(
  caller: TenantCaller,
  { quota }: Pick<Collaborators, 'quota'>,
  nowMs: number,
): LimitOutcome | Promise<LimitOutcome> {
  if (caller.tenant.limits.requestsPerDay !== 'unlimited') return chargeDay(caller, quota, nowMs);
  return { headers: policyHeaders(caller), refusal: undefined };
}

function rateRefusal(name: string, perMinute: number, nowMs: number): LimitOutcome {
  const retryAfterSeconds = secondsToNextMinute(nowMs);
  return {
    headers: {
      'ratelimit-policy': `"${name}";q=${perMinute};w=60`,
      ratelimit: `"${name}";r=0;t=${retryAfterSeconds}`,
    },
    refusal: appError('rate-limited', `At most ${perMinute} requests a minute for this ${name}.`, {
      retryAfterSeconds,
    }),
  };
}

async function chargeDay({ tenant }: TenantCaller, quota: Quota, nowMs: number): Promise<LimitOutcome> {
  const charged = await quota.consume(tenant, { requests: 1 }, nowMs);
  const left = charged.ok ? (charged.value.remaining.requests ?? 0) : 0;
  return {
    headers: {
      'ratelimit-policy': `"daily";q=${tenant.limits.requestsPerDay};w=86400`,
      ratelimit: `"daily";r=${left};t=${secondsToMidnight(nowMs)}`,
    },
    refusal: charged.ok ? undefined : charged.error,
  };
}

const policies = new WeakMap<TenantCaller['tenant'], Readonly<Record<string, string>>>();

/** One constant header a tenant: a location's remaining count is known to the binding alone. */
function policyHeaders({ tenant }: TenantCaller): Readonly<Record<string, string>> {
  const known = policies.get(tenant);
  if (known !== undefined) return known;
  const headers = { 'ratelimit-policy': `"tenant";q=${tenant.limits.requestsPerMinute};w=60` };
  policies.set(tenant, headers);
  return headers;
}
