// Encodes one shard of a fit: streams its pictures from storage through a worker, and the statistics that come back into
// storage, under a name made of what went in. A shard that is there already costs one read.

import { type AppError, appError } from '#shared/app-error.ts';
import { StatisticsHead } from '#shared/contracts/worker.ts';
import { sha256Hex } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { StatisticsFailure } from '../clients/gpu-worker.ts';
import { leftOutDetail } from '../clients/worker-answers.ts';
import type { CallContext } from '../clients/worker-call.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { Run } from '../stores/run-store.ts';
import type { StatisticsRef } from '../stores/statistics-files.ts';
import { chargeJob } from './charge-job.ts';
import type { FitPlan, PlannedPart } from './fit-plan.ts';
import type { FitInput } from './job-inputs.ts';
import { shardCall } from './job-step.ts';
import { pictureFrames } from './picture-frames.ts';
import { readShard, type ShardItem } from './shard-plan.ts';
import { namingPictures, shardResult } from './shard-result.ts';

export type EncodedShard = { readonly key: string; readonly failedSoFar: number };

export async function encodeShard(
  run: Run,
  shard: number,
  { plan, planned, input }: { plan: FitPlan; planned: PlannedPart; input: FitInput },
  services: Services,
  signal: AbortSignal,
): Promise<Result<EncodedShard, AppError<StatisticsFailure | 'model-mismatch' | 'quota-exceeded'>>> {
  const list = await readShard(run, shard, services.objects);
  const head = StatisticsHead.parse({
    model: plan.model.id,
    classes: planned.classes,
    environments: planned.environments,
    encode: input.encode,
    items: list.map((item) => ({
      sha256: item.sha256,
      byteLength: item.bytes,
      environment: planned.environments.indexOf(item.environment),
      class: item.class === undefined ? -1 : planned.classes.indexOf(item.class),
    })),
  });
  const name = await sha256Hex(new TextEncoder().encode(JSON.stringify([plan.model.revision, head])));
  const key = objectKeys.jobResult(run.tenantId, run.jobId, `shards/${name}.stats`);
  // Charged for where it is there, too: what storage said to have failed, and was given back, may have been stored all the same.
  const encoded = await chargeJob(run, String(shard), services)(
    { pictures: list.length, pixels: 0 },
    async () => {
      const made = await services.statistics.find(key);
      if (made !== undefined) return ok({ ref: made, pixels: 0, leftOut: [] });
      return makeStatistics(head, list, key, shardCall(run, { shard }, services, signal), services);
    },
    { told: ({ pixels }) => ({ pixels }) },
  );
  if (!encoded.ok) return encoded;
  const { ref, leftOut } = encoded.value;
  if (ref.revision !== plan.model.revision) {
    await services.statistics.remove([key]);
    return err(appError('model-mismatch', `The workers have different revisions of ${plan.model.id}.`));
  }
  const ended = leftOut.map((index) => ({ index, code: 'unreadable-picture', detail: leftOutDetail }));
  const failures = [...namingPictures(ended, list), ...ref.failures];
  const progress = await services.runs.finishShard(
    run,
    shardResult(shard, list.length, failures),
    Date.now(),
  );
  return ok({ key, failedSoFar: progress.failed });
}

type MadeStatistics = {
  readonly ref: StatisticsRef;
  readonly pixels: number;
  /** Indices of pictures that end workers. */
  readonly leftOut: readonly number[];
};

async function makeStatistics(
  head: StatisticsHead,
  list: readonly ShardItem[],
  key: string,
  context: CallContext,
  { worker, statistics, objects }: Services,
): Promise<Result<MadeStatistics, AppError<StatisticsFailure>>> {
  const frames = pictureFrames(list, objects);
  const answer = await worker.statistics(head, frames, statistics.sink(key), context);
  if (!answer.ok) return answer;
  const { pixels, leftOut } = answer.value;
  return ok({ ref: await statistics.commit(key, answer.value), pixels, leftOut });
}
