// One shard of an evaluation: embeddings from storage or, once, from a worker; both answers; their tally into storage.

import { type AppError, appError } from '#shared/app-error.ts';
import { classify } from '#shared/math/answer/classify.ts';
import type { CompiledHead } from '#shared/math/answer/compiled-head.ts';
import { topK } from '#shared/math/linear/top-k.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Encoded } from '../clients/worker-answers.ts';
import { headSources } from '../head-sources.ts';
import { answeringMs, productsOfRow } from '../limits/thread-work.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { Run } from '../stores/run-store.ts';
import { chooseHead } from '../use-cases/choose-head.ts';
import type { ChosenHead, HeadFailure } from '../use-cases/chosen-head.ts';
import { inSteps, roomForStep } from '../use-cases/row-steps.ts';
import { type EmbeddedShard, embedShard } from './embed-shard.ts';
import { addPicture, emptyTally, type Tally } from './evaluation-tally.ts';
import { jobAsking } from './job-asking.ts';
import type { EvaluationInput } from './job-inputs.ts';
import { readShard, type ShardItem } from './shard-plan.ts';
import { namingPictures, shardResult } from './shard-result.ts';

export async function evaluateShard(
  run: Run,
  shard: number,
  input: EvaluationInput,
  services: Services,
  signal: AbortSignal,
): Promise<Result<true, AppError<HeadFailure | 'quota-exceeded'>>> {
  const list = await readShard(run, shard, services.objects);
  const heads = await bothHeads(run, input, services, signal);
  if (!heads.ok) return heads;
  const { model, labels } = heads.value;
  const tally = emptyTally();
  const answerable = list.filter((item) => {
    if (item.class === undefined) tally.skipped.withoutClass += 1;
    else if (!labels.includes(item.class)) tally.skipped.otherClass += 1;
    else return true;
    return false;
  });
  const encoded = await embedShard(answerable, model, { run, shard }, services, signal);
  if (!encoded.ok) return encoded;
  const rows = answerable.length;
  const ms = answeringMs(heads.value.clip, rows, 0) + answeringMs(heads.value.projection, rows, 0);
  await jobAsking(run, services, signal).beforeWork(ms);
  await tallyPictures(tally, answerable, encoded.value, heads.value);
  const key = objectKeys.jobResult(run.tenantId, run.jobId, `tally/${shard}.json`);
  await services.objects.put(key, JSON.stringify(tally));
  const result = shardResult(shard, list.length, namingPictures(encoded.value.failures, answerable));
  await services.runs.finishShard(run, result, Date.now());
  return ok(true);
}

type Heads = {
  readonly clip: CompiledHead;
  readonly projection: CompiledHead;
  /** What is taken out of projected pictures. */
  readonly centre: ChosenHead['centre'];
  readonly labels: readonly string[];
  readonly model: Encoded['model'];
};

/** The projection's head as fitted, and plain CLIP with its labels and templates. */
async function bothHeads(
  run: Run,
  input: EvaluationInput,
  services: Services,
  signal?: AbortSignal,
): Promise<Result<Heads, AppError<HeadFailure>>> {
  const { projectionId, head, environment } = input;
  const asking = jobAsking(run, services, signal);
  const { tenantId, later, nowMs } = asking;
  const sources = headSources(services);
  const fitted = await chooseHead({ projection: projectionId, head, environment }, asking, sources);
  if (!fitted.ok) return fitted;
  if (fitted.value.environment?.revision !== input.environmentRevision) {
    return err(appError('conflict', `The profile of ${input.environment} has changed in the meantime.`));
  }
  const found = await services.projectionCache.get(tenantId, projectionId, later, nowMs);
  if (!found.ok) return found;
  const { labels, templates, model } = found.value.projection.header;
  const clip = await chooseHead({ model: model.id, labels, templates }, asking, sources);
  if (!clip.ok) return clip;
  if (clip.value.model.revision !== model.revision) {
    return err(
      appError('model-mismatch', `The encoder has another revision of ${model.id} than the projection.`),
    );
  }
  const { compiled, centre } = fitted.value;
  return ok({ clip: clip.value.compiled, projection: compiled, centre, labels, model });
}

async function tallyPictures(
  tally: Tally,
  list: readonly ShardItem[],
  encoded: EmbeddedShard,
  heads: Heads,
): Promise<void> {
  const failed = new Set(encoded.failures.map(({ index }) => index));
  tally.skipped.unreadable += failed.size;
  const width = heads.clip.embeddingDimension;
  const rowProducts = productsOfRow(heads.clip) + productsOfRow(heads.projection);
  // A step of both has no more rows than one of either.
  const [ofClip, ofProjection] = [
    roomForStep(heads.clip, list.length),
    roomForStep(heads.projection, list.length),
  ];
  for await (const { from, to } of inSteps(list.length, rowProducts)) {
    const some = encoded.embeddings.subarray(from * width, to * width);
    const clip = classify(heads.clip, some, to - from, undefined, ofClip).probabilities;
    const projection = classify(heads.projection, some, to - from, heads.centre, ofProjection).probabilities;
    for (let row = from; row < to; row++) {
      const item = list[row];
      if (item === undefined || failed.has(row)) continue;
      const own = (answers: Float32Array) =>
        answers.subarray((row - from) * heads.labels.length, (row - from + 1) * heads.labels.length);
      tallyPicture(tally, item, own(clip), own(projection), heads.labels);
    }
  }
}

/** `clip` and `projection`: the probability of each label, by both. */
function tallyPicture(
  tally: Tally,
  { id: itemId, sha256, environment, class: label }: ShardItem,
  clip: Float32Array,
  projection: Float32Array,
  labels: readonly string[],
): void {
  if (label === undefined) return;
  const rightAt = labels.indexOf(label);
  const answer = (probabilities: Float32Array) => {
    const best = topK(probabilities, 1)[0] ?? 0;
    return { label: labels[best] ?? '', probability: probabilities[best] ?? 0 };
  };
  const picture = {
    itemId,
    sha256,
    environment,
    class: label,
    clip: answer(clip),
    projection: answer(projection),
  };
  addPicture(tally, picture, (projection[rightAt] ?? 0) - (clip[rightAt] ?? 0));
}
