// An import as durable steps: each fetches a handful of addresses through a worker and adds what it gets to the dataset.
// An address that cannot be fetched is counted and shown; where none can, the job fails.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { isWorkerAway, type WorkerAway } from '../clients/worker-call.ts';
import type { Services } from '../services.ts';
import type { JobFailure, Run } from '../stores/job-store.ts';
import { addPictures } from '../use-cases/add-pictures.ts';
import { chargeJob } from './charge-job.ts';
import { ImportInput } from './job-inputs.ts';
import { jobCall, jobStep, type RunResult, type ServiceStepContext, stageStep, stopped } from './job-step.ts';
import { runInSteps } from './run-shards.ts';

/** Addresses fetched at once, and held at once. */
const batchItems = 4;
const maxParallel = 4;

export async function runImport(
  context: ServiceStepContext,
  jobInput: unknown,
): Promise<RunResult<undefined>> {
  const input = ImportInput.parse(jobInput);
  const { run, services } = context;
  const started = await stageStep(context, 'fetch', 'fetch', async () => {
    await services.jobs.setTotal(run, input.items.length, Date.now());
    return ok(true);
  });
  if (!started.ok) return started;
  const batches = Math.ceil(input.items.length / batchItems);
  const done = await runInSteps(context, 'fetch', { parts: batches, atOnce: maxParallel }, (batch, signal) =>
    importBatch(run, batch, input, services, signal),
  );
  if (!done.ok) return done;
  const finished = await jobStep(context, 'finish', () => finish(run, services));
  if (!finished.ok) return finished;
  return finished.value ? ok(undefined) : stopped;
}

/** Fails only where the worker is away or the plan used up, which keep every address from being fetched. */
async function importBatch(
  run: Run,
  batch: number,
  { items, datasetId, maxStoredBytes }: ImportInput,
  services: Services,
  signal: AbortSignal,
): Promise<Result<true, AppError<WorkerAway | 'quota-exceeded'>>> {
  const wanted = items.slice(batch * batchItems, (batch + 1) * batchItems);
  const context = jobCall(run, signal);
  const answers = await chargeJob(
    run,
    String(batch),
    services,
  )({ fetches: wanted.length }, async () => {
    const outcomes = await Promise.all(
      wanted.map(({ url }) => services.worker.fetchUrl({ url, maxBytes: services.maxPictureBytes }, context)),
    );
    for (const outcome of outcomes) {
      if (!outcome.ok && isWorkerAway(outcome.error)) return err(outcome.error);
    }
    return ok(outcomes);
  });
  if (!answers.ok) return answers;
  const fetched = answers.value;
  const failures: JobFailure[] = [];
  const fail = (url: string, { code, detail }: AppError) => failures.push({ subject: url, code, detail });
  const pictures = wanted.flatMap(({ url, environment, class: label }, index) => {
    const outcome = fetched[index];
    if (outcome?.ok) return [{ url, bytes: outcome.value, environment, class: label, filename: nameIn(url) }];
    if (outcome !== undefined) fail(url, outcome.error);
    return [];
  });
  const target = { tenantId: run.tenantId, datasetId, maxStoredBytes, nowMs: Date.now() };
  const added = await addPictures(pictures, target, services);
  added.forEach((outcome, index) => {
    if (!outcome.ok) fail(pictures[index]?.url ?? '', outcome.error);
  });
  const result = { shard: batch, pictures: wanted.length, failed: failures.length, failures };
  await services.jobs.finishShard(run, result, Date.now());
  return ok(true);
}

async function finish(
  run: Run,
  { jobs, batch }: Services,
): Promise<Result<boolean, AppError<'unfetchable-url'>>> {
  const job = await jobs.find(run.tenantId, run.jobId);
  if (job !== undefined && job.failed >= job.total) {
    return err(appError('unfetchable-url', 'Not one of the addresses gave a picture.'));
  }
  const results = await batch([jobs.finishStatement(run, Date.now())]);
  return ok((results[0]?.meta.changes ?? 0) > 0);
}

function nameIn(url: string): string | undefined {
  return new URL(url).pathname.split('/').at(-1)?.slice(0, 300) || undefined;
}
