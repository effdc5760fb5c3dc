// Corrections in a fit: planned as a part of their own, whose statistics a worker adds up from the embeddings that were kept.
// What was there at the plan is put beside it, so that a run that takes over works with the same.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { EmbeddedStatisticsHead } from '#shared/contracts/worker.ts';
import { sha256Hex } from '#shared/digest.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { MergeFailure } from '../clients/gpu-worker.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { correctionsPart, type Part } from '../stores/projection-record.ts';
import type { Run } from '../stores/run-store.ts';
import type { FitInput } from './job-inputs.ts';
import { jobCall } from './job-step.ts';

const PlannedCorrections = z.object({
  head: EmbeddedStatisticsHead,
  /** Those made with another model. */
  ofOtherModel: z.int(),
});
export type PlannedCorrections = z.infer<typeof PlannedCorrections>;

type Planned = {
  readonly part: Part;
  readonly classes: string[];
  readonly environments: string[];
};

/** `undefined` where there are none of this model. */
export async function planCorrections(
  { tenantId, jobId }: Run,
  name: string,
  { encode }: Pick<FitInput, 'encode'>,
  model: ModelReference,
  { corrections, objects }: Pick<Services, 'corrections' | 'objects'>,
): Promise<Planned | undefined> {
  const all = await corrections.all(tenantId, name);
  const own = all.filter(({ modelRevision }) => modelRevision === model.revision);
  const [first] = own;
  if (first === undefined) return undefined;
  const classes = [...new Set(own.map(({ label }) => label))].sort();
  const environments = [...new Set(own.map(({ environment }) => environment))].sort();
  const bytes = joinBytes(own.map(({ embedding }) => new Uint8Array(new Float32Array(embedding).buffer)));
  const rows = own.map(({ sha256, label, environment }) => ({
    sha256,
    class: classes.indexOf(label),
    environment: environments.indexOf(environment),
  }));
  const items = [{ sha256: await sha256Hex(bytes), byteLength: bytes.byteLength }];
  const embeddingDimension = first.embedding.length;
  const head = { model, embeddingDimension, classes, environments, encode, rows, items };
  const planned = { head: EmbeddedStatisticsHead.parse(head), ofOtherModel: all.length - own.length };
  const made = JSON.stringify(['corrections/1', model.revision, planned.head]);
  const hash = await sha256Hex(new TextEncoder().encode(made));
  await objects.put(objectKeys.jobResult(tenantId, jobId, 'corrections.f32'), bytes);
  await objects.put(objectKeys.jobResult(tenantId, jobId, 'corrections.json'), JSON.stringify(planned));
  const part = { datasetId: correctionsPart, hash, pictures: own.length, fromSeq: 0, throughSeq: 0 };
  return { part, classes, environments };
}

export async function readCorrections(
  { tenantId, jobId }: Run,
  { objects }: Pick<Services, 'objects'>,
): Promise<(PlannedCorrections & { readonly embeddings: Float32Array }) | undefined> {
  const text = await objects.getText(objectKeys.jobResult(tenantId, jobId, 'corrections.json'));
  const bytes = await objects.get(objectKeys.jobResult(tenantId, jobId, 'corrections.f32'));
  if (text === undefined || bytes === undefined) return undefined;
  const embeddings = new Float32Array(bytes.slice().buffer);
  return { ...PlannedCorrections.parse(JSON.parse(text)), embeddings };
}

/** Their statistics, where they are not there already; no picture is encoded. */
export async function collectCorrections(
  run: Run,
  part: Part,
  { worker, statistics, objects }: Services,
  signal: AbortSignal,
): Promise<Result<true, AppError<MergeFailure>>> {
  const key = objectKeys.statistics(run.tenantId, part.hash);
  if ((await statistics.find(key)) !== undefined) return ok(true);
  const planned = await readCorrections(run, { objects });
  if (planned === undefined) return err(appError('conflict', 'What was corrected is not there any more.'));
  const embeddingsKey = objectKeys.jobResult(run.tenantId, run.jobId, 'corrections.f32');
  const [item] = planned.head.items;
  const frames = [{ byteLength: item?.byteLength ?? 0, open: () => objects.open(embeddingsKey) }];
  const sink = statistics.sink(key);
  const answer = await worker.embeddedStatistics(planned.head, frames, sink, jobCall(run, signal));
  if (!answer.ok) return answer;
  await statistics.commit(key, answer.value);
  return ok(true);
}
