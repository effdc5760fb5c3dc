// One durable step of a job: kept alive by a heartbeat, patient while no worker can be reached, and ended when the job is
// cancelled or taken over. Outcomes are remembered by the Workflows engine; what throws is tried again by it.

import type { AppError } from '#shared/app-error.ts';
import { backoffMs } from '#shared/backoff.ts';
import type { JobStage } from '#shared/contracts/job.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type CallContext, isPassing } from '../clients/worker-call.ts';
import { stepMs } from '../limits/thread-work.ts';
import { writeLog } from '../log.ts';
import type { Services } from '../services.ts';
import type { Run, RunStore } from '../stores/run-store.ts';

/**
 * How a run ends other than well: with an error that the job then shows, or because it was told to stop (cancelled, or taken
 * over by another run), in which case it leaves everything as it is.
 */
export type RunEnd = { readonly kind: 'failed'; readonly error: AppError } | { readonly kind: 'stopped' };

export type RunResult<T> = Result<T, RunEnd>;

export const stopped: RunResult<never> = err({ kind: 'stopped' });

export function failed(error: AppError): RunResult<never> {
  return err({ kind: 'failed', error });
}

/**
 * Under what a job's calls to the workers go out: after every caller who waits, named after the job, in the trace that it was
 * asked for in.
 */
export function jobCall(
  { tenantId, jobId, traceparent, weight = 1 }: Run,
  signal?: AbortSignal,
): CallContext {
  return {
    lane: 'bulk',
    requestId: jobId,
    tenant: { id: tenantId, weight },
    ...(signal === undefined ? {} : { signal }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** The same for the pictures of one shard, whose progress the job shows; `before` of them need no call. */
export function shardCall(
  run: Run,
  { shard, before = 0 }: { readonly shard: number; readonly before?: number },
  { runs }: { readonly runs: Pick<RunStore, 'shardProgress'> },
  signal: AbortSignal,
): CallContext {
  const onProgress = (pictures: number) => runs.shardProgress(run, shard, before + pictures, Date.now());
  return { ...jobCall(run, signal), onProgress };
}

/** What of the platform's WorkflowStep this needs. */
export type DurableSteps = {
  do(name: string, options: StepOptions, work: () => Promise<string>): Promise<string>;
};
type StepOptions = {
  readonly retries: { readonly limit: number; readonly delay: number; readonly backoff: 'exponential' };
  readonly timeout: number;
};

export type StepContext = {
  readonly steps: DurableSteps;
  readonly run: Run;
  readonly services: Services;
};

/** A step that the job's `stage` shows. */
export function stageStep<T>(
  context: StepContext,
  name: string,
  stage: JobStage,
  work: (signal: AbortSignal) => Promise<Result<T, AppError>>,
): Promise<RunResult<T>> {
  return jobStep(context, name, async (signal) => {
    await context.services.runs.setStage(context.run, stage, Date.now());
    return work(signal);
  });
}

/** For what throws: a store that hiccups, the platform moving the run. */
const options: StepOptions = {
  retries: { limit: 5, delay: 1000, backoff: 'exponential' },
  timeout: 2 * 60 * 60_000,
};

const heartbeatMs = 5000;
/** How long a step waits for a worker to come back before the job fails. */
const patienceMs = 30 * 60_000;
const maxWaitMs = 10_000;

/** `work` gets a signal that fires when the run must stop. Its value must be small: the engine keeps it. */
export async function jobStep<T>(
  { steps, run, services }: StepContext,
  name: string,
  work: (signal: AbortSignal) => Promise<Result<T, AppError>>,
): Promise<RunResult<T>> {
  // JSON, because the engine's type of what can be kept is narrower than any type of ours.
  const text = await steps.do(name, options, async () => {
    try {
      await services.shares.beforeJobWork({ id: run.tenantId, weight: run.weight ?? 1 }, stepMs);
      return JSON.stringify(await whileAlive(run, services.runs, (signal) => patiently(work, signal)));
    } catch (thrown) {
      // The engine says nothing of what it tries again.
      writeLog({ level: 'warn', event: 'step-failed', requestId: run.jobId, about: { step: name }, thrown });
      throw thrown;
    }
  });
  return JSON.parse(text) as RunResult<T>;
}

/** Beats until `work` is done; aborts it once a beat finds that the run is no longer wanted. */
async function whileAlive<T>(
  run: Run,
  runs: Pick<RunStore, 'beat'>,
  work: (signal: AbortSignal) => Promise<Result<T, AppError>>,
): Promise<RunResult<T>> {
  if (!(await runs.beat(run, Date.now()))) return stopped;
  const unwanted = new AbortController();
  const timer = setInterval(() => {
    // A beat that fails is followed by another; the job is taken over only after many.
    runs.beat(run, Date.now()).then(
      (alive) => {
        if (!alive) unwanted.abort();
      },
      () => undefined,
    );
  }, heartbeatMs);
  try {
    const outcome = await work(unwanted.signal);
    if (unwanted.signal.aborted) return stopped;
    return outcome.ok ? ok(outcome.value) : failed(outcome.error);
  } finally {
    clearInterval(timer);
  }
}

/** Repeats while the failure is that no worker has time, for as long as patience lasts. */
async function patiently<T>(
  work: (signal: AbortSignal) => Promise<Result<T, AppError>>,
  signal: AbortSignal,
): Promise<Result<T, AppError>> {
  const untilMs = Date.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    const outcome = await work(signal);
    if (outcome.ok || !isPassing(outcome.error) || signal.aborted || Date.now() > untilMs) return outcome;
    const waitMs = backoffMs(attempt, { baseMs: 250, maxMs: maxWaitMs });
    await pause(waitMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
