// An evaluation as durable steps: cut the datasets into shards, tally each, sum, publish the report.

import { appError } from '#shared/app-error.ts';
import { err, ok } from '#shared/result.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { inBackground } from '../use-cases/in-background.ts';
import { evaluateShard } from './evaluate-shard.ts';
import { addTallies, emptyTally, reportOf, Tally } from './evaluation-tally.ts';
import { EvaluationInput } from './job-inputs.ts';
import { type RunResult, type StepContext, stageStep, stopped } from './job-step.ts';
import { runShards } from './run-shards.ts';
import { cutSlice } from './shard-plan.ts';

export async function runEvaluation(context: StepContext, jobInput: unknown): Promise<RunResult<undefined>> {
  const input = EvaluationInput.parse(jobInput);
  const shards = await stageStep(context, 'plan', 'plan', async () => ok(await planShards(context, input)));
  if (!shards.ok) return shards;
  const done = await runShards(context, 'evaluate', shards.value, (shard, signal) =>
    evaluateShard(context.run, shard, input, context.services, signal),
  );
  if (!done.ok) return done;
  const published = await stageStep(context, 'publish', 'publish', () =>
    publishReport(context, input, shards.value),
  );
  if (!published.ok) return published;
  return published.value ? ok(undefined) : stopped;
}

async function planShards({ run, services }: StepContext, input: EvaluationInput): Promise<number> {
  let [shards, pictures] = [0, 0];
  for (const slice of input.slices) {
    const cut = await cutSlice(run, slice, services.settings.shards, services, shards);
    shards += cut.shards;
    pictures += cut.pictures;
  }
  await services.runs.setTotal(run, pictures, Date.now());
  return shards;
}

/** Whether it was this run that published. */
async function publishReport({ run, services }: StepContext, input: EvaluationInput, shards: number) {
  const { objects, runs, evaluations, batch, projectionCache } = services;
  let tally = emptyTally();
  for (let shard = 0; shard < shards; shard++) {
    const text = await objects.getText(objectKeys.jobResult(run.tenantId, run.jobId, `tally/${shard}.json`));
    if (text === undefined) throw new Error(`shard ${shard} of ${run.jobId} has no tally`);
    tally = addTallies(tally, Tally.parse(JSON.parse(text)));
  }
  const found = await projectionCache.get(run.tenantId, input.projectionId, inBackground, Date.now());
  if (!found.ok) return found;
  const { header } = found.value.projection;
  const head = input.head ?? header.heads[0]?.head ?? 'zero-shot';
  const report = reportOf(tally, { model: header.model.id, head });
  if (report.pictures === 0) {
    return err(appError('too-few-samples', 'No picture has a class that the projection has a label for.'));
  }
  const results = await batch([
    evaluations.publishStatement(run, input.evaluationId, report),
    runs.finishStatement(run, Date.now()),
  ]);
  return ok((results.at(-1)?.meta.changes ?? 0) > 0);
}
