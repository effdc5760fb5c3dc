// One signed request to one worker endpoint, and what its answer means: a value, a failure to pass on, or a reason to try
// elsewhere. Chooses no endpoint and retries nothing.

import { type AppError, type AppErrorCode, appError } from '#shared/app-error.ts';
import { Problem } from '#shared/contracts/problem.ts';
import { taskHeader } from '#shared/contracts/worker.ts';
import { toHex } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type SignedContext, signRequest } from '#shared/signing.ts';
import { startDeadline } from './deadline.ts';
import { createTenantTags, type TenantTags } from './tenant-tags.ts';
import type { CallContext, WorkerAway, WorkerCall } from './worker-call.ts';
import { askEveryMs, watchProgress } from './worker-progress.ts';
import { defaultVigil, isAlive, keepVigil, type VigilOptions } from './worker-vigil.ts';

/** `blame` says whether it speaks against the endpoint; `retry`, whether and where another try may do better. */
export type CallFailure<Code extends AppErrorCode = AppErrorCode> = {
  readonly error: AppError<Code | WorkerAway>;
  readonly blame: boolean;
  readonly retry: 'anywhere' | 'elsewhere' | 'never';
  /** The connection broke off: the worker may have ended with it. */
  readonly isLost?: boolean;
  /** For the log only. */
  readonly reason: string;
};

export type Transport = <T, Code extends AppErrorCode>(
  origin: string,
  call: WorkerCall<T, Code>,
  context: CallContext,
  signal: AbortSignal,
) => Promise<Result<T, CallFailure<Code>>>;

/** How soon a worker that is there says so, busy as it may be. */
const aliveWithinMs = 2000;

export function createTransport({
  secret,
  fetch,
  now,
  vigil: vigilOptions = defaultVigil,
  askEveryMs: everyMs = askEveryMs,
}: {
  readonly secret: string;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly vigil?: VigilOptions;
  /** How often a call is asked after that wants to be. */
  readonly askEveryMs?: number;
}): Transport {
  const tagOf = createTenantTags(secret);
  return async function send(origin, call, context, signal) {
    const vigil = call.isLong === true ? keepVigil(origin, fetch, vigilOptions) : undefined;
    const task = context.onProgress === undefined ? undefined : randomName();
    const progress =
      task === undefined || context.onProgress === undefined
        ? undefined
        : watchProgress({ origin, task, fetch, everyMs, tell: context.onProgress });
    const deadline = startDeadline(call.timeoutMs);
    const limits = [signal, deadline.signal, ...(vigil === undefined ? [] : [vigil.gone])];
    const limited = AbortSignal.any(limits);
    try {
      const path = new URL(origin + call.path).pathname;
      const signature = await signRequest({
        secret,
        method: 'POST',
        path,
        contentSha256: call.contentSha256,
        nowMs: now(),
        nonce: randomName(),
        // Bound to this endpoint: what is overheard here is of no use at another.
        context: { endpoint: origin, ...(await partyOf(context, tagOf)) },
      });
      const response = await fetch(origin + call.path, {
        method: 'POST',
        headers: { ...signature, ...contextHeaders(call, context, task) },
        body: call.body(),
        signal: limited,
        redirect: 'manual',
      });
      if (!response.ok) return err(await readFailure(response, call.refusals));
      const value = await call.read(response);
      return value.ok ? ok(value.value) : err(unavailable(`unusable answer: ${value.error}`));
    } catch (thrown) {
      const failure = unavailable(String(thrown));
      // The caller going away says nothing about the worker; its error is never seen.
      if (signal.aborted)
        return err({
          ...failure,
          error: { ...workerUnavailable, worked: true },
          blame: false,
          retry: 'never',
        });
      if (!limited.aborted) return err({ ...failure, isLost: true });
      if (vigil?.gone.aborted === true)
        return err({ ...failure, retry: 'elsewhere', isLost: true, reason: 'gone in the middle of a call' });
      const reason = `no answer in ${call.timeoutMs} ms`;
      // A worker that answers others has been given too much: the work would take as long elsewhere, and hold up that one too.
      if (await isAlive(origin, fetch, Math.min(aliveWithinMs, vigilOptions.everyMs))) {
        return err({ error: tooMuchWork, blame: false, retry: 'never', reason });
      }
      // Whoever has waited this long for one worker is not made to wait for the same one again.
      return err({ ...failure, retry: 'elsewhere', reason });
    } finally {
      deadline.clear();
      vigil?.stop();
      progress?.stop();
    }
  };
}

async function partyOf({ tenant }: CallContext, tagOf: TenantTags): Promise<SignedContext> {
  return tenant === undefined ? {} : { tenant: await tagOf(tenant.id), weight: String(tenant.weight) };
}

function randomName(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

function contextHeaders(
  call: WorkerCall<unknown>,
  context: CallContext,
  task: string | undefined,
): Record<string, string> {
  return {
    'content-type': call.contentType,
    'x-icm-lane': context.lane,
    ...(context.requestId === undefined ? {} : { 'x-request-id': context.requestId }),
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    ...(task === undefined ? {} : { [taskHeader]: task }),
  };
}

async function readFailure<Code extends AppErrorCode>(
  response: Response,
  passedOn: readonly Code[],
): Promise<CallFailure<Code>> {
  const problem = Problem.safeParse(await response.json().catch(() => undefined));
  const code = problem.success ? problem.data.code : undefined;
  const refusal = passedOn.find((known) => known === code);
  if (problem.success && refusal !== undefined) {
    const { detail, errors } = problem.data;
    const error = appError(refusal, detail, errors === undefined ? {} : { errors });
    return { error, blame: false, retry: 'never', reason: refusal };
  }
  if (response.status === 429 || response.status === 503) {
    const retryAfterSeconds = Number(response.headers.get('retry-after')) || 1;
    const error = appError(
      'worker-overloaded',
      'The encoder has more work than it takes; try again shortly.',
      {
        retryAfterSeconds,
      },
    );
    return { error, blame: false, retry: 'anywhere', reason: `answered ${response.status}` };
  }
  return unavailable(`answered ${response.status} ${code ?? ''}`);
}

export const workerUnavailable: AppError<WorkerAway> = appError(
  'worker-unavailable',
  'The encoder cannot be reached now; try again shortly.',
  { retryAfterSeconds: 5 },
);

const tooMuchWork = appError(
  'worker-overloaded',
  'The encoder did not finish this in time; ask for less at once, or try again later.',
  { retryAfterSeconds: 5, worked: true },
);

function unavailable(reason: string): CallFailure<never> {
  return { error: workerUnavailable, blame: true, retry: 'anywhere', reason };
}
