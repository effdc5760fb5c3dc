// A profile from a dataset as durable steps: cut the environment's pictures into shards, sum each, then add the sums to the
// profile in the transaction that ends the job, so that pictures count once however often a step is repeated.

import { type AppError, appError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EncodeFailure } from '../clients/worker-call.ts';
import { refusalOf } from '../limits/room.ts';
import type { Services } from '../services.ts';
import type { ProfileContent } from '../stores/environment-record.ts';
import { isChangedMeanwhile } from '../stores/environment-store.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { Run } from '../stores/run-store.ts';
import { noEnvironment } from '../use-cases/find-environment.ts';
import { maxEnvironments, nameTaken, tooManyEnvironments } from '../use-cases/manage-environments.ts';
import { addToContent, emptyContent, mergeContent } from '../use-cases/profile-content.ts';
import { embedShard } from './embed-shard.ts';
import { ProfileInput } from './job-inputs.ts';
import { jobCall, type RunResult, type StepContext, stageStep, stopped } from './job-step.ts';
import { readContent, writeContent } from './profile-object.ts';
import { runShards } from './run-shards.ts';
import { cutSlice, readShard } from './shard-plan.ts';
import { namingPictures, shardResult } from './shard-result.ts';

const maxRounds = 20;

type Plan = { readonly model: ModelReference; readonly shards: number };

export async function runProfile(context: StepContext, jobInput: unknown): Promise<RunResult<undefined>> {
  const input = ProfileInput.parse(jobInput);
  const plan = await stageStep(context, 'plan', 'plan', () => planShards(context, input));
  if (!plan.ok) return plan;
  const { model, shards } = plan.value;
  const done = await runShards(context, 'encode', shards, (shard, signal) =>
    sumShard(context.run, shard, model, context.services, signal),
  );
  if (!done.ok) return done;
  const published = await stageStep(context, 'publish', 'publish', () => publish(context, input, plan.value));
  if (!published.ok) return published;
  return published.value ? ok(undefined) : stopped;
}

async function planShards(
  { run, services }: StepContext,
  { slice, datasetEnvironment, model }: ProfileInput,
): Promise<Result<Plan, AppError<EncodeFailure | 'too-few-samples'>>> {
  const described = await services.worker.describeModel(model, jobCall(run));
  if (!described.ok) return described;
  const whole = { ...slice, environment: datasetEnvironment };
  const cut = await cutSlice(run, whole, services.settings.shards, services);
  if (cut.pictures === 0) {
    const detail = `The dataset has no pictures of the environment ${datasetEnvironment}.`;
    return err(appError('too-few-samples', detail));
  }
  await services.runs.setTotal(run, cut.pictures, Date.now());
  return ok({ model: described.value.reference, shards: cut.shards });
}

async function sumShard(
  run: Run,
  shard: number,
  model: ModelReference,
  services: Services,
  signal: AbortSignal,
) {
  const list = await readShard(run, shard, services.objects);
  const encoded = await embedShard(list, model, { run, shard }, services, signal);
  if (!encoded.ok) return encoded;
  const { embeddings, dimension, failures } = encoded.value;
  const failed = new Set(failures.map(({ index }) => index));
  const pictures = list.flatMap(({ sha256 }, row) =>
    failed.has(row)
      ? []
      : [{ sha256, embedding: embeddings.subarray(row * dimension, (row + 1) * dimension) }],
  );
  const content = addToContent(emptyContent(dimension), pictures);
  await services.objects.put(partKey(run, shard), writeContent(content));
  const result = shardResult(shard, list.length, namingPictures(failures, list));
  await services.runs.finishShard(run, result, Date.now());
  return ok(true);
}

/** Whether it was this run that published. */
async function publish({ run, services }: StepContext, input: ProfileInput, { model, shards }: Plan) {
  const { environmentStore, runs, batch, environments } = services;
  const made = await sumOfShards(run, shards, services);
  if (made === undefined || made.pictures === 0) {
    return err(appError('too-few-samples', 'Not one of the pictures could be read.'));
  }
  for (let round = 0; round < maxRounds; round++) {
    const present = await environmentStore.findWhole(run.tenantId, input.name);
    const statement = await publishStatement(run, input, model, made, present, services);
    if (!statement.ok) return statement;
    try {
      const results = await batch([statement.value, runs.finishStatement(run, Date.now())]);
      environments.forget(run.tenantId, input.name);
      return ok((results.at(-1)?.meta.changes ?? 0) > 0);
    } catch (thrown) {
      const full = refusalOf(thrown);
      if (full !== undefined) return err(full);
      if (!isChangedMeanwhile(thrown)) throw thrown;
    }
  }
  return err(appError('conflict', `The profile of ${input.name} is being changed by too many at once.`));
}

async function publishStatement(
  run: Run,
  { name, environmentId }: ProfileInput,
  model: ModelReference,
  made: ProfileContent,
  present: Awaited<ReturnType<Services['environmentStore']['findWhole']>>,
  { environmentStore, newId }: Services,
) {
  if (environmentId === undefined) {
    if (present !== undefined) return err(nameTaken(name));
    if ((await environmentStore.count(run.tenantId)) >= maxEnvironments) {
      return err(tooManyEnvironments);
    }
    const environment = { id: newId('environment'), name, model, ...made };
    return ok(environmentStore.publishNew(run, environment, Date.now()));
  }
  if (present === undefined || present.id !== environmentId) return err(noEnvironment);
  if (present.model.revision !== model.revision) {
    return err(appError('model-mismatch', `The workers have another revision of ${model.id}.`));
  }
  return ok(environmentStore.publishChange(run, present, mergeContent(present, made), Date.now()));
}

async function sumOfShards(
  run: Run,
  shards: number,
  { objects }: Services,
): Promise<ProfileContent | undefined> {
  let sum: ProfileContent | undefined;
  for (let shard = 0; shard < shards; shard++) {
    const bytes = await objects.get(partKey(run, shard));
    if (bytes === undefined) throw new Error(`shard ${shard} of ${run.jobId} has no sum`);
    const content = readContent(bytes);
    if (content.pictures > 0) sum = sum === undefined ? content : mergeContent(sum, content);
  }
  return sum;
}

function partKey({ tenantId, jobId }: Run, shard: number): string {
  return objectKeys.jobResult(tenantId, jobId, `profile/${shard}.bin`);
}
