// One shard of a batch: embeddings from storage or, once, from a worker; an answer or an error for each picture, as the rows that
// are downloaded; their tally. The answers themselves are those of use-cases/answer-embedded.ts.

import { type AppError, appError } from '#shared/app-error.ts';
import type { BatchRow } from '#shared/contracts/batch.ts';
import type { ClassificationResult } from '#shared/contracts/classification.ts';
import { inTurn } from '#shared/in-turn.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { headSources } from '../head-sources.ts';
import { answeringMs } from '../limits/thread-work.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { Run } from '../stores/run-store.ts';
import { answerEmbedded } from '../use-cases/answer-embedded.ts';
import { chooseHead } from '../use-cases/choose-head.ts';
import type { ChosenHead, HeadFailure, HeadSources } from '../use-cases/chosen-head.ts';
import type { EmbeddedResult } from '../use-cases/embedded.ts';
import type { BatchPlan } from './batch-plan.ts';
import { createBatchTally, StoredTally } from './batch-tally.ts';
import { type EmbeddedShard, embedShard } from './embed-shard.ts';
import { jobAsking } from './job-asking.ts';
import type { BatchInput } from './job-inputs.ts';
import { keepBatchObject } from './keep-batch-object.ts';
import { readShard, type ShardItem } from './shard-plan.ts';

export type BatchWork = {
  readonly input: BatchInput;
  readonly plan: BatchPlan;
  /** The label that a class means. */
  readonly labelOf: (own: string) => string | undefined;
  readonly frozen: Pick<HeadSources, 'environments' | 'environmentStore' | 'profileMemory'>;
};

type Failure = HeadFailure | 'quota-exceeded';

export async function classifyShard(
  run: Run,
  shard: number,
  work: BatchWork,
  services: Services,
  signal: AbortSignal,
): Promise<Result<true, AppError<Failure>>> {
  const { objects, runs } = services;
  let tally = await readTally(run, shard, objects);
  if (tally === undefined) {
    const list = await readShard(run, shard, objects);
    const rows = await answerShard(run, shard, list, work, services, signal);
    if (!rows.ok) return rows;
    const made = createBatchTally(work.labelOf);
    for (const row of rows.value) made.addRow(row);
    tally = made.toStored();
    const text = rows.value.map((row) => `${JSON.stringify(row)}\n`).join('');
    const { batchId } = work.input;
    const key = objectKeys.batchShard(run.tenantId, batchId, shard);
    const kept = await keepBatchObject({ tenantId: run.tenantId, batchId, key }, text, services);
    if (!kept.ok) return kept;
    // Written last: where it is, the rows are.
    await objects.put(tallyKey(run, shard), JSON.stringify(tally));
  }
  const count = (of: 'items' | 'failed') =>
    tally.environments.reduce((sum, [, counts]) => sum + counts[of], 0);
  const { failures } = tally;
  await runs.finishShard(
    run,
    { shard, pictures: count('items'), failed: count('failed'), failures },
    Date.now(),
  );
  return ok(true);
}

export async function readTally(
  run: Run,
  shard: number,
  objects: Services['objects'],
): Promise<StoredTally | undefined> {
  const text = await objects.getText(tallyKey(run, shard));
  return text === undefined ? undefined : StoredTally.parse(JSON.parse(text));
}

function tallyKey({ tenantId, jobId }: Run, shard: number): string {
  return objectKeys.jobResult(tenantId, jobId, `tally/${shard}.json`);
}

async function answerShard(
  run: Run,
  shard: number,
  list: readonly ShardItem[],
  work: BatchWork,
  services: Services,
  signal: AbortSignal,
): Promise<Result<BatchRow[], AppError<Failure>>> {
  const embedded = await embedEach(run, shard, list, work.plan, services, signal);
  if (!embedded.ok) return embedded;
  const rows: BatchRow[] = [];
  for (const [profile, indices] of byProfile(list, work)) {
    const head = await headFor(profile, run, work, services, signal);
    if (!head.ok) return head;
    const inputs = indices.map((index) => embedded.value[index] ?? err(gone));
    const { options } = work.input;
    const { beforeWork } = jobAsking(run, services, signal);
    await beforeWork(answeringMs(head.value.compiled, inputs.length, options.topK));
    const results = await answerEmbedded(head.value, inputs, options);
    results.forEach((result, at) => {
      const index = indices[at] ?? 0;
      const item = list[index];
      if (item !== undefined) rows[index] = rowOf(item, result, head.value);
    });
  }
  return ok(rows);
}

/** The rows of a shard that are answered alike. */
function byProfile(
  list: readonly ShardItem[],
  { input, plan }: BatchWork,
): Map<string | undefined, number[]> {
  const { environment, environments } = input.options;
  const chosen = new Map(plan.profiles);
  const groups = new Map<string | undefined, number[]>();
  list.forEach((item, index) => {
    const profile = environments === undefined ? environment : chosen.get(item.environment);
    const group = groups.get(profile) ?? [];
    group.push(index);
    groups.set(profile, group);
  });
  return groups;
}

async function headFor(
  environment: string | undefined,
  run: Run,
  { input, plan, frozen }: BatchWork,
  services: Services,
  signal: AbortSignal,
): Promise<Result<ChosenHead, AppError<Failure>>> {
  const sources = { ...headSources(services), ...frozen };
  const head = await chooseHead({ ...input.options, environment }, jobAsking(run, services, signal), sources);
  if (!head.ok || head.value.model.revision === plan.model.revision) return head;
  return err(appError('model-mismatch', `The workers have another revision of ${plan.model.id}.`));
}

const gone = appError('not-found', 'The picture was deleted while the batch ran.');

/** A picture that cannot be read, or that is there no more, has its own error. */
async function embedEach(
  run: Run,
  shard: number,
  list: readonly ShardItem[],
  { model }: BatchPlan,
  services: Services,
  signal: AbortSignal,
): Promise<Result<EmbeddedResult[], AppError<Failure>>> {
  const encoded = await embedShard(list, model, { run, shard }, services, signal);
  if (encoded.ok) return ok(resultsOf(list, encoded.value));
  if (encoded.error.code !== 'conflict') return encoded;
  // Something was deleted meanwhile: the others are encoded without it.
  const sizes = await inTurn(list, 6, ({ storageKey }) => services.objects.size(storageKey));
  const left = list.filter((_, index) => sizes[index] !== undefined);
  if (left.length === list.length) return encoded;
  const others = await embedShard(left, model, { run, shard }, services, signal);
  if (!others.ok) return others;
  const results = resultsOf(left, others.value);
  let next = 0;
  return ok(sizes.map((size) => (size === undefined ? err(gone) : (results[next++] ?? err(gone)))));
}

function resultsOf(
  list: readonly ShardItem[],
  { embeddings, dimension, failures }: EmbeddedShard,
): EmbeddedResult[] {
  const failed = new Map(failures.map((failure) => [failure.index, failure]));
  return list.map(({ sha256 }, index) => {
    const failure = failed.get(index);
    if (failure !== undefined) return err(appError(failure.code, failure.detail));
    const embedding = embeddings.subarray(index * dimension, (index + 1) * dimension);
    return ok({ embedding, source: 'storage', sha256 });
  });
}

function rowOf(item: ShardItem, result: ClassificationResult, { environment }: ChosenHead): BatchRow {
  const { id, filename, sha256, class: own } = item;
  const common = {
    id,
    ...(filename === undefined ? {} : { filename }),
    sha256,
    environment: item.environment,
    ...(own === undefined ? {} : { class: own }),
  };
  if ('error' in result) return { ...common, error: result.error };
  const { label, probability, abstained, predictions } = result;
  return {
    ...common,
    label,
    probability,
    abstained,
    predictions,
    ...(environment === undefined ? {} : { profile: environment.name }),
    mode: environment?.mode ?? 'none',
    skewed: environment?.skewed ?? false,
  };
}
