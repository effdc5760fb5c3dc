// The first step of a fit: which statistics are there already, which shards are to be encoded, and how they will be merged.
// The plan is kept in storage, so that a job taken over goes on with the same one whatever has happened to the datasets.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import { ModelReference } from '#shared/contracts/common.ts';
import { maxLabelBytes, maxLabels } from '#shared/contracts/limits.ts';
import { sha256Hex } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EncodeFailure } from '../clients/worker-call.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { Part } from '../stores/projection-record.ts';
import type { Run } from '../stores/run-store.ts';
import { planCorrections } from './fit-corrections.ts';
import type { FitInput, SliceInput } from './job-inputs.ts';
import { jobCall } from './job-step.ts';
import { cutSlice, shardLimits } from './shard-plan.ts';

export const PlannedPart = z.object({
  part: Part,
  /** Sorted by code unit; indices into these stand in the shards. */
  classes: z.array(z.string()),
  environments: z.array(z.string()),
  /** Its shards are numbers [from, to); none where its statistics are there already. */
  from: z.int(),
  to: z.int(),
});
export type PlannedPart = z.infer<typeof PlannedPart>;

export const FitPlan = z.object({
  model: ModelReference,
  parts: z.array(PlannedPart),
  /** Pictures to encode. */
  total: z.int(),
});
export type FitPlan = z.infer<typeof FitPlan>;

export async function planFit(
  run: Run,
  input: FitInput,
  services: Services,
): Promise<Result<FitPlan, AppError<EncodeFailure | 'too-few-samples' | 'invalid-request'>>> {
  const key = objectKeys.jobResult(run.tenantId, run.jobId, 'plan.json');
  const kept = await services.objects.getText(key);
  if (kept !== undefined) return ok(FitPlan.parse(JSON.parse(kept)));
  const model = await services.worker.describeModel(input.model, jobCall(run));
  if (!model.ok) return model;
  const plan: FitPlan = { model: model.value.reference, parts: input.parts.map(ready), total: 0 };
  let shards = 0;
  for (const slice of input.slices) {
    const planned = await planSlice(run, slice, input, plan.model, shards, services);
    if (planned === undefined) continue;
    plan.parts.push(planned);
    if (planned.to > planned.from) plan.total += planned.part.pictures;
    shards = planned.to;
  }
  if (input.corrections !== undefined) {
    const { name } = input.corrections;
    const planned = await planCorrections(run, name, input, plan.model, services);
    if (planned === undefined) return err(noCorrections);
    const statistics = objectKeys.statistics(run.tenantId, planned.part.hash);
    await services.projections.useStatistics(run.tenantId, input.projectionId, [statistics]);
    plan.parts.push({ ...planned, from: shards, to: shards });
  }
  const classes = new Set(plan.parts.flatMap((part) => part.classes));
  const bytes = new TextEncoder().encode([...classes].join('')).byteLength;
  if (classes.size > maxLabels || bytes > maxLabelBytes) return err(tooManyClasses);
  if (plan.parts.length === 0) return err(appError('too-few-samples', 'The datasets hold no pictures.'));
  // Sums depend on their order in the last bits: merging by content makes equal fits equal to the byte.
  plan.parts.sort((a, b) => (a.part.hash < b.part.hash ? -1 : 1));
  await services.projections.useStatistics(run.tenantId, input.projectionId, [
    await statisticsKeyOf(run.tenantId, plan),
    ...input.parts.map(({ hash }) => objectKeys.statistics(run.tenantId, hash)),
  ]);
  await services.objects.put(key, JSON.stringify(plan));
  return ok(plan);
}

/** Where the statistics of all parts together are: of one part its own, of several their merge. */
export async function statisticsKeyOf(tenantId: string, { parts }: FitPlan): Promise<string> {
  const [only, ...others] = parts.map(({ part }) => part.hash);
  const merged = () => sha256Hex(new TextEncoder().encode(JSON.stringify(['merged/1', only, ...others])));
  return objectKeys.statistics(tenantId, only !== undefined && others.length === 0 ? only : await merged());
}

const noCorrections = appError(
  'too-few-samples',
  'Nothing was corrected under the answers of this name, or only with another model.',
);

const tooManyClasses = appError(
  'invalid-request',
  `A projection may have at most ${maxLabels} labels, of ${maxLabelBytes} bytes together; the datasets hold more.`,
);

function ready(part: Part): PlannedPart {
  return { part, classes: [], environments: [], from: 0, to: 0 };
}

/** `undefined` for a slice without pictures. */
async function planSlice(
  run: Run,
  input: SliceInput,
  { encode, projectionId }: FitInput,
  model: ModelReference,
  from: number,
  services: Services,
): Promise<PlannedPart | undefined> {
  const { slices, projections, statistics, settings } = services;
  const { tenantId } = run;
  const names = await slices.namesIn({ tenantId, ...input });
  const classes = sorted(names.flatMap((name) => (name.class === undefined ? [] : [name.class])));
  const environments = sorted(names.map(({ environment }) => environment));
  const expected = names.reduce((total, { pictures }) => total + pictures, 0);
  const cut = await cutSlice(run, input, shardLimits(settings.shards, expected), services, from);
  if (cut.pictures === 0) return undefined;
  const made = JSON.stringify(['part/1', model.revision, encode, classes, environments, cut.itemsHash]);
  const hash = await sha256Hex(new TextEncoder().encode(made));
  const key = objectKeys.statistics(tenantId, hash);
  // Said before looking, so that no other projection's deletion takes the file away in between.
  await projections.useStatistics(tenantId, projectionId, [key]);
  const exists = (await statistics.find(key)) !== undefined;
  const part = { ...input, hash, pictures: cut.pictures };
  return { part, classes, environments, from, to: exists ? from : from + cut.shards };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
