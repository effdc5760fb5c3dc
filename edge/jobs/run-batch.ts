// A batch classification as durable steps: plan, answer each shard, sum up. Rows are there to download as shards are done, and stay
// where a batch is cancelled or fails: they were paid for.

import { ok } from '#shared/result.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { Run } from '../stores/run-store.ts';
import { frozenKey, planBatch, readPlan } from './batch-plan.ts';
import { createBatchTally, labelFinder } from './batch-tally.ts';
import { type BatchWork, classifyShard, readTally } from './classify-shard.ts';
import { frozenSources } from './frozen-profiles.ts';
import { BatchInput } from './job-inputs.ts';
import { type RunResult, type StepContext, stageStep, stopped } from './job-step.ts';
import { keepBatchObject } from './keep-batch-object.ts';
import { runShards } from './run-shards.ts';

export async function runBatch(context: StepContext, jobInput: unknown): Promise<RunResult<undefined>> {
  const input = BatchInput.parse(jobInput);
  const { run, services } = context;
  const planned = await stageStep(context, 'plan', 'plan', () => planBatch(context, input));
  if (!planned.ok) return planned;
  const { shards } = planned.value;
  const work = once(() => readWork(run, input, services));
  const done = await runShards(context, 'classify', shards, async (shard, signal) =>
    classifyShard(run, shard, await work(), services, signal),
  );
  if (!done.ok) return done;
  const published = await stageStep(context, 'publish', 'publish', () => publish(context, input, shards));
  if (!published.ok) return published;
  return published.value ? ok(undefined) : stopped;
}

/** Read again in a run that goes on elsewhere; a read that fails is not kept. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read().catch((thrown: unknown) => {
      reading = undefined;
      throw thrown;
    });
    return reading;
  };
}

async function readWork(run: Run, input: BatchInput, { objects }: Services): Promise<BatchWork> {
  const plan = await readPlan(run, objects);
  if (plan === undefined) throw new Error(`${run.jobId} has no plan`);
  const keys = new Map(plan.frozen.map((name, index) => [name, frozenKey(run, index)]));
  const frozen = frozenSources((name) => keys.get(name), objects);
  return { input, plan, labelOf: labelFinder(plan.labels), frozen };
}

/** Whether it was this run that published. */
async function publish({ run, services }: StepContext, { batchId }: BatchInput, shards: number) {
  const { objects, runs, batches, batch } = services;
  const plan = await readPlan(run, objects);
  if (plan === undefined) throw new Error(`${run.jobId} has no plan`);
  const sum = createBatchTally(labelFinder(plan.labels));
  for (let shard = 0; shard < shards; shard++) {
    const tally = await readTally(run, shard, objects);
    if (tally === undefined) throw new Error(`shard ${shard} of ${run.jobId} has no tally`);
    sum.addTally(tally);
  }
  const summary = sum.toSummary({ model: plan.model.id, head: plan.head });
  const key = objectKeys.batchSummary(run.tenantId, batchId);
  const kept = await keepBatchObject(
    { tenantId: run.tenantId, batchId, key },
    JSON.stringify(summary),
    services,
  );
  if (!kept.ok) return kept;
  const results = await batch([
    batches.publishStatement(run, batchId),
    runs.finishStatement(run, Date.now()),
  ]);
  return ok((results.at(-1)?.meta.changes ?? 0) > 0);
}
