// An import as durable steps: each fetches a handful of addresses through a worker and adds what it gets to the dataset.
// An address that cannot be fetched is counted and shown; where none can, the job fails.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { isWorkerAway, type WorkerAway } from '../clients/worker-call.ts';
import type { Services } from '../services.ts';
import type { JobFailure, Run } from '../stores/run-store.ts';
import { addPictures, type NewPicture } from '../use-cases/add-pictures.ts';
import { type Room, smallPictureBytes, withFetched } from '../use-cases/hold-pictures.ts';
import { chargeJob } from './charge-job.ts';
import { ImportInput } from './job-inputs.ts';
import { jobCall, jobStep, type RunResult, type StepContext, stageStep, stopped } from './job-step.ts';
import { runInSteps } from './run-shards.ts';

/** Addresses fetched at once; what is small of it is held at once, and of what is large as much as there is room for. */
const batchItems = 4;
const maxParallel = 4;

export async function runImport(context: StepContext, jobInput: unknown): Promise<RunResult<undefined>> {
  const input = ImportInput.parse(jobInput);
  const { run, services } = context;
  const started = await stageStep(context, 'fetch', 'fetch', async () => {
    await services.runs.setTotal(run, input.items.length, Date.now());
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

type Fetched = NewPicture & { readonly url: string };

const noTurn = async () => () => undefined;

/** The batch is tried again. */
const noRoom = appError('worker-overloaded', 'The isolate has its hands full of pictures.');

/** Nobody waits for a job, and what a person sends goes first: it tries for longer. */
const roomTries = 4;

function patientRoom(room: Room): Room {
  return {
    giveBack: (bytes) => room.giveBack(bytes),
    take: async (bytes) => {
      for (let tries = 0; tries < roomTries; tries++) if (await room.take(bytes)) return true;
      return false;
    },
  };
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
  const failures: JobFailure[] = [];
  const fail = (url: string, { code, detail }: AppError) => failures.push({ subject: url, code, detail });
  const target = { tenantId: run.tenantId, datasetId, maxStoredBytes, nowMs: Date.now() };
  const add = async (pictures: readonly Fetched[]) => {
    const added = await addPictures(pictures, target, services);
    added.forEach((outcome, index) => {
      if (!outcome.ok) fail(pictures[index]?.url ?? '', outcome.error);
    });
  };
  const share = services.shares.ofOther(run.tenantId);
  const plan = { maxBytes: services.maxPictureBytes, room: patientRoom(share), takeTurn: noTurn };
  const charge = chargeJob(run, String(batch), services);
  try {
    const answers = await charge({ fetches: wanted.length }, async () => {
      const outcomes = await Promise.all(
        wanted.map((item) =>
          withFetched(item.url, services.worker.fetchUrl, plan, context, async (bytes) => {
            const { url, environment, class: label } = item;
            const picture = { url, bytes, environment, class: label, filename: nameIn(url) };
            if (bytes.byteLength <= smallPictureBytes) return picture;
            await add([picture]);
            return undefined;
          }),
        ),
      );
      for (const outcome of outcomes) {
        if (outcome.ok) continue;
        if (isWorkerAway(outcome.error)) return err(outcome.error);
        if (outcome.error.code === 'busy') return err(noRoom);
      }
      return ok(outcomes);
    });
    if (!answers.ok) return answers;
    const small: Fetched[] = [];
    answers.value.forEach((outcome, index) => {
      if (!outcome.ok) fail(wanted[index]?.url ?? '', outcome.error);
      else if (outcome.value !== undefined) small.push(outcome.value);
    });
    if (small.length > 0) await add(small);
  } finally {
    share.close();
  }
  const result = { shard: batch, pictures: wanted.length, failed: failures.length, failures };
  await services.runs.finishShard(run, result, Date.now());
  return ok(true);
}

async function finish(
  run: Run,
  { jobs, runs, batch }: Services,
): Promise<Result<boolean, AppError<'unfetchable-url'>>> {
  const job = await jobs.find(run.tenantId, run.jobId);
  if (job !== undefined && job.failed >= job.total) {
    return err(appError('unfetchable-url', 'Not one of the addresses gave a picture.'));
  }
  const results = await batch([runs.finishStatement(run, Date.now())]);
  return ok((results[0]?.meta.changes ?? 0) > 0);
}

function nameIn(url: string): string | undefined {
  return new URL(url).pathname.split('/').at(-1)?.slice(0, 300) || undefined;
}
