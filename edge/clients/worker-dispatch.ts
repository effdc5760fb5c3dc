// Sends a call to the best endpoint, and tries another where that may help. Knows nothing of what the calls mean.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import { backoffMs } from '#shared/backoff.ts';
import { err, type Result } from '#shared/result.ts';
import { sleep } from '#shared/sleep.ts';
import type { Log } from '../log.ts';
import type { Endpoint, EndpointPool } from './endpoint-pool.ts';
import { isolateCallers } from './isolate-callers.ts';
import { endsWorkers, type LostCalls } from './lost-calls.ts';
import type { RetryBudget } from './retry-budget.ts';
import { sendHedged, sendOnce } from './send-hedged.ts';
import type { CallContext, WorkerAway, WorkerCall } from './worker-call.ts';
import { type CallFailure, type Transport, workerUnavailable } from './worker-transport.ts';

export type Dispatch = <T, Code extends AppErrorCode>(
  call: WorkerCall<T, Code>,
  context: CallContext,
) => Promise<Result<T, AppError<Code | WorkerAway>>>;

export type DispatchOptions = {
  readonly pool: EndpointPool;
  readonly transport: Transport;
  readonly budget: RetryBudget;
  readonly now: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly lostCalls?: LostCalls;
};

const maxAttempts = 3;
const slotPollMs = 15;
/** How long a call waits for an endpoint that is not full before it goes out all the same. */
const slotWaitMs = { interactive: 1000, bulk: 20_000 } as const;

export function createDispatch(options: DispatchOptions): Dispatch {
  const { budget, random, log } = options;
  return async function dispatch<T, Code extends AppErrorCode>(
    call: WorkerCall<T, Code>,
    context: CallContext,
  ) {
    budget.earn();
    if (context.lane === 'interactive') isolateCallers.come();
    const { lostCalls } = options;
    if (lostCalls?.isRefused(call, context, options.now())) return err(refusedOf(call));
    const tried = new Set<Endpoint>();
    let failure: CallFailure<Code> | undefined;
    // Asked again by a caller who was told that nobody came back: that is no way to another worker.
    let lostAt = lostCalls?.suspectedAt(call, context, options.now());
    let losses = lostAt === undefined ? 0 : 1;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (failure !== undefined) {
        if (!mayTryAgain(failure, tried, options.pool) || context.signal?.aborted) break;
        // What was lost waits in a line of its own and keeps nobody busy.
        if (lostAt === undefined && !budget.spend()) break;
        await sleep(backoffMs(attempt - 1, { baseMs: 100, maxMs: 1000, random }));
      }
      const how = { isAskedAgain: failure === undefined };
      const again = lostAt && (await lostCalls?.next(context, lostAt, how));
      if (lostAt !== undefined && lostCalls !== undefined && again === undefined) break;
      const endpoint = again?.endpoint ?? (await waitForSlot(options, call, context, tried));
      if (endpoint === undefined) break;
      tried.add(endpoint);
      if (
        again === undefined &&
        call.decodes !== undefined &&
        (await lostCalls?.isThere(endpoint)) === false
      ) {
        failure = notThere;
        continue;
      }
      const sent = again === undefined ? sendHedged : sendOnce;
      const outcome = await sent(options, endpoint, call, context).finally(() => again?.leave());
      if (outcome.ok) {
        if (losses > 0) lostCalls?.cleared(call, context);
        return outcome;
      }
      failure = outcome.error;
      if (call.decodes !== undefined && failure.isLost === true) {
        lostAt = endpoint;
        const loss = lostCalls?.lost(call, context, { endpoint, losses });
        if (loss?.isLast === true) return err({ ...refusedOf(call), worked: true });
        losses = loss?.losses ?? 0;
      } else if (again === undefined) lostAt = undefined;
      // What is about the request alone is the caller's business, not the operator's.
      if (failure.retry !== 'never') {
        const about = { path: call.path, attempt, reason: failure.reason };
        log({ level: 'warn', event: 'worker-call-failed', requestId: context.requestId, about });
      }
    }
    return err(failure?.error ?? workerUnavailable);
  };
}

const notThere: CallFailure<never> = {
  error: workerUnavailable,
  blame: true,
  retry: 'anywhere',
  reason: 'not there',
};

/** As the call would word it where it can; each that is risky can. */
function refusedOf<T, Code extends AppErrorCode>(call: WorkerCall<T, Code>): AppError<Code | WorkerAway> {
  const code = call.refusals.find((known) => known === endsWorkers.code);
  return code === undefined ? workerUnavailable : { ...endsWorkers, code };
}

function mayTryAgain(
  { retry }: CallFailure,
  tried: ReadonlySet<Endpoint>,
  { endpoints }: EndpointPool,
): boolean {
  return retry === 'anywhere' || (retry === 'elsewhere' && tried.size < endpoints.length);
}

/** Prefers an endpoint not tried yet; all of them tried, starts over. */
async function waitForSlot(
  { pool, now }: DispatchOptions,
  call: Pick<WorkerCall<unknown>, 'takesNoEncoder'>,
  context: CallContext,
  tried: ReadonlySet<Endpoint>,
): Promise<Endpoint | undefined> {
  const deadlineMs = now() + slotWaitMs[context.lane];
  for (;;) {
    const endpoint = pool.choose(now(), tried) ?? pool.choose(now());
    const isFull = endpoint !== undefined && pool.isFull(endpoint, context.lane, context.tenant?.id);
    if (!isFull || call.takesNoEncoder === true || now() >= deadlineMs) return endpoint;
    if (context.signal?.aborted) return undefined;
    await sleep(slotPollMs);
  }
}
