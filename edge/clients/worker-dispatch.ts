// Sends a call to the best endpoint, tries another where that may help, and hedges where a person waits.
// Knows nothing of what the calls mean.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import { backoffMs } from '#shared/backoff.ts';
import { err, type Result } from '#shared/result.ts';
import type { Log } from '../log.ts';
import { observeWorkerCall } from '../metrics/counters.ts';
import type { Endpoint, EndpointPool } from './endpoint-pool.ts';
import { isolateCallers } from './isolate-callers.ts';
import { endsWorkers, type LostCalls } from './lost-calls.ts';
import type { RetryBudget } from './retry-budget.ts';
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
/** An interactive call unanswered for this long is sent to a second endpoint too. */
const hedgeAfterMs = 400;

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

const sendOnce = <T, Code extends AppErrorCode>(
  options: DispatchOptions,
  endpoint: Endpoint,
  call: WorkerCall<T, Code>,
  context: CallContext,
): Promise<Result<T, CallFailure<Code>>> => start(options, endpoint, call, context).outcome;

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

async function sendHedged<T, Code extends AppErrorCode>(
  options: DispatchOptions,
  endpoint: Endpoint,
  call: WorkerCall<T, Code>,
  context: CallContext,
): Promise<Result<T, CallFailure<Code>>> {
  const first = start(options, endpoint, call, context);
  const mayHedge = context.lane === 'interactive' && call.isHeavy !== true;
  if (!mayHedge || options.pool.endpoints.length < 2) return first.outcome;
  const early = await Promise.race([first.outcome, sleep(hedgeAfterMs)]);
  if (early !== undefined) return early;
  const other = options.pool.choose(options.now(), new Set([endpoint]));
  // What might end a worker is not given to all that there are.
  const isLast = call.decodes !== undefined && options.pool.usable(options.now()).length < 3;
  if (
    isLast ||
    other === undefined ||
    options.pool.isFull(other, context.lane, context.tenant?.id) ||
    !options.budget.spend()
  )
    return first.outcome;
  const second = start(options, other, call, context);
  const winner = await firstOk([first.outcome, second.outcome]);
  first.abandon();
  second.abandon();
  return winner;
}

type Started<T, Code extends AppErrorCode> = {
  readonly outcome: Promise<Result<T, CallFailure<Code>>>;
  readonly abandon: () => void;
};

function start<T, Code extends AppErrorCode>(
  { pool, transport, now }: DispatchOptions,
  endpoint: Endpoint,
  call: WorkerCall<T, Code>,
  context: CallContext,
): Started<T, Code> {
  const abandoned = new AbortController();
  const signal = context.signal ? AbortSignal.any([context.signal, abandoned.signal]) : abandoned.signal;
  return { outcome: run(), abandon: () => abandoned.abort() };

  async function run(): Promise<Result<T, CallFailure<Code>>> {
    endpoint.breaker.calling(now());
    const release =
      call.takesNoEncoder === true
        ? undefined
        : pool.hold(endpoint, context.lane, context.tenant?.id, call.pictures);
    const startedMs = now();
    try {
      const outcome = await transport(endpoint.origin, call, context, signal);
      observeWorkerCall(call.path, outcomeOf(outcome, abandoned.signal), now() - startedMs);
      if (outcome.ok || !outcome.error.blame) endpoint.breaker.succeeded();
      else endpoint.breaker.failed(now());
      return outcome;
    } finally {
      release?.();
    }
  }
}

/** A second worker was faster, the caller has gone, or what the worker or its absence made of it. */
function outcomeOf(outcome: Result<unknown, CallFailure>, abandoned: AbortSignal): string {
  if (outcome.ok) return 'ok';
  return abandoned.aborted ? 'abandoned' : outcome.error.error.code;
}

/** The first success, or the last failure where none succeeds. */
async function firstOk<T, Code extends AppErrorCode>(
  outcomes: readonly Promise<Result<T, CallFailure<Code>>>[],
): Promise<Result<T, CallFailure<Code>>> {
  try {
    return await Promise.any(
      outcomes.map(async (outcome) => {
        const settled = await outcome;
        if (!settled.ok) throw new FailedOutcome(settled.error);
        return settled;
      }),
    );
  } catch (thrown) {
    const last = thrown instanceof AggregateError ? thrown.errors.at(-1) : thrown;
    if (last instanceof FailedOutcome) return err(last.failure as CallFailure<Code>);
    throw thrown;
  }
}

class FailedOutcome extends Error {
  readonly failure: CallFailure;
  constructor(failure: CallFailure) {
    super(failure.reason);
    this.failure = failure;
  }
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
