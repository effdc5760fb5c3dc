// One call to one endpoint, or where a person waits to a second one too, of which the first good answer counts. Holds the endpoint's
// place and tells its breaker what came of it.

import type { AppErrorCode } from '#shared/app-error.ts';
import { err, type Result } from '#shared/result.ts';
import { sleep } from '#shared/sleep.ts';
import { observeWorkerCall } from '../metrics/counters.ts';
import type { Endpoint, EndpointPool } from './endpoint-pool.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { CallContext, WorkerCall } from './worker-call.ts';
import type { CallFailure, Transport } from './worker-transport.ts';

type Senders = {
  readonly pool: EndpointPool;
  readonly transport: Transport;
  readonly budget: RetryBudget;
  readonly now: () => number;
};

/** An interactive call unanswered for this long is sent to a second endpoint too. */
const hedgeAfterMs = 400;
/** A call is over by then, that has asked whether its worker is there at all too. */
const lastWordMs = 10_000;

export function sendOnce<T, Code extends AppErrorCode>(
  senders: Senders,
  endpoint: Endpoint,
  call: WorkerCall<T, Code>,
  context: CallContext,
): Promise<Result<T, CallFailure<Code>>> {
  return start(senders, endpoint, call, context).outcome;
}

export async function sendHedged<T, Code extends AppErrorCode>(
  options: Senders,
  endpoint: Endpoint,
  call: WorkerCall<T, Code>,
  context: CallContext,
): Promise<Result<T, CallFailure<Code>>> {
  const first = start(options, endpoint, call, context);
  const mayHedge = context.lane === 'interactive' && call.isHeavy !== true;
  if (!mayHedge || options.pool.endpoints.length < 2) return first.outcome;
  const early = await Promise.race([first.outcome, sleep(hedgeAfterMs)]);
  if (early) return early;
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
  { pool, transport, now }: Senders,
  endpoint: Endpoint,
  call: WorkerCall<T, Code>,
  context: CallContext,
): Started<T, Code> {
  const abandoned = new AbortController();
  const signal = context.signal ? AbortSignal.any([context.signal, abandoned.signal]) : abandoned.signal;
  return { outcome: run(), abandon: () => abandoned.abort() };

  async function run(): Promise<Result<T, CallFailure<Code>>> {
    const startedMs = now();
    endpoint.breaker.calling(startedMs);
    const release =
      call.takesNoEncoder === true
        ? undefined
        : pool.hold(endpoint, context.lane, {
            tenantId: context.tenant?.id,
            pictures: call.pictures,
            untilMs: startedMs + call.timeoutMs + lastWordMs,
          });
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
