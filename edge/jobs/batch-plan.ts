// What a batch does: its pictures cut into shards, the model and head that answer, and the profiles as they are now. Written once: a
// run that takes over finds it, so that what is answered later is answered as what was answered before.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import { ModelReference } from '#shared/contracts/common.ts';
import { Head } from '#shared/contracts/fit.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { headSources } from '../head-sources.ts';
import type { Services } from '../services.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { Run } from '../stores/run-store.ts';
import { checkModel } from '../use-cases/apply-profile.ts';
import { chooseHead } from '../use-cases/choose-head.ts';
import type { ChosenHead, HeadFailure } from '../use-cases/chosen-head.ts';
import { freezeProfile } from './frozen-profiles.ts';
import { jobAsking } from './job-asking.ts';
import type { BatchInput } from './job-inputs.ts';
import type { StepContext } from './job-step.ts';
import { cutSlice, shardLimits } from './shard-plan.ts';

export const BatchPlan = z.object({
  model: ModelReference,
  head: Head,
  labels: z.array(z.string()),
  shards: z.int(),
  /** What a picture is answered with, by its environment: the name of a profile, or `projection:source`. */
  profiles: z.array(z.tuple([z.string(), z.string()])),
  /** Profiles that are kept as they were, by name; the n-th in `profiles/<n>.json`. */
  frozen: z.array(z.string()),
});
export type BatchPlan = z.infer<typeof BatchPlan>;

export async function planBatch(
  { run, services }: StepContext,
  input: BatchInput,
): Promise<Result<{ readonly shards: number }, AppError<HeadFailure | 'quota-exceeded'>>> {
  const { objects, runs, batches, settings } = services;
  const made = await readPlan(run, objects);
  if (made !== undefined) return ok({ shards: made.shards });
  // Also tells before any picture is looked at what keeps all from being answered.
  const chosen = await chooseHead(
    { ...input.options, environment: undefined },
    jobAsking(run, services),
    headSources(services),
  );
  if (!chosen.ok) return chosen;
  const profiles = await findProfiles(run, input, chosen.value, services);
  if (!profiles.ok) return profiles;
  const cut = await cutSlice(run, input.slice, shardLimits(settings.shards, input.items), services);
  if (cut.pictures === 0) return err(appError('too-few-samples', 'None of the pictures is there any more.'));
  await runs.setTotal(run, cut.pictures, Date.now());
  await batches.setItems(run, input.batchId, cut.pictures);
  const { shards } = cut;
  const { model, head, labels } = chosen.value;
  const plan: BatchPlan = { model, head, labels: [...labels], shards, ...profiles.value };
  await objects.put(planKey(run), JSON.stringify(plan));
  return ok({ shards });
}

export async function readPlan(run: Run, objects: Services['objects']): Promise<BatchPlan | undefined> {
  const text = await objects.getText(planKey(run));
  return text === undefined ? undefined : BatchPlan.parse(JSON.parse(text));
}

export function frozenKey({ tenantId, jobId }: Run, index: number): string {
  return objectKeys.jobResult(tenantId, jobId, `profiles/${index}.json`);
}

function planKey({ tenantId, jobId }: Run): string {
  return objectKeys.jobResult(tenantId, jobId, 'plan.json');
}

type Profiles = Pick<BatchPlan, 'profiles' | 'frozen'>;

/** Keeps every profile that will be asked for. */
async function findProfiles(
  run: Run,
  input: BatchInput,
  head: ChosenHead,
  services: Services,
): Promise<Result<Profiles, AppError<'busy' | 'model-mismatch' | 'not-found'>>> {
  const { tenantId } = run;
  const { environment, environments } = input.options;
  const frozen: string[] = [];
  const freeze = async (name: string): Promise<Result<boolean, AppError<'model-mismatch'>>> => {
    const profile = await services.environmentStore.findWhole(tenantId, name);
    if (profile === undefined) return ok(false);
    const fits = checkModel({ ...profile, key: '', isSource: false }, head.model);
    if (!fits.ok) return fits;
    const isPlain = head.projection === undefined && input.options.reference === 'profiles';
    const others = isPlain
      ? await services.environments.meanOfOthers(tenantId, head.model, name, Date.now())
      : undefined;
    await services.objects.put(frozenKey(run, frozen.length), freezeProfile(profile, others));
    frozen.push(name);
    return ok(true);
  };
  if (environments === undefined) {
    if (environment !== undefined && !environment.includes(':')) {
      const there = await freeze(environment);
      if (!there.ok) return there;
    }
    return ok({ profiles: [], frozen });
  }
  const own = new Set(await profileNames(tenantId, services));
  const sources = await sourcesOf(run, head, services);
  if (!sources.ok) return sources;
  const profiles: [string, string][] = [];
  for (const name of await environmentsIn(tenantId, input, services)) {
    const there = own.has(name) ? await freeze(name) : ok(false);
    if (!there.ok) return there;
    if (there.value) profiles.push([name, name]);
    else if (sources.value.names.includes(name)) profiles.push([name, `${sources.value.of}:${name}`]);
  }
  return ok({ profiles, frozen });
}

/** Of a tenant there are at most some hundreds. */
async function profileNames(tenantId: string, { environmentStore }: Services): Promise<string[]> {
  const page = await environmentStore.list(tenantId, { limit: 1000, after: undefined });
  return page.items.map(({ name }) => name);
}

/** A version's number is never given again, so its name with it stays what it is. */
async function sourcesOf(run: Run, { projection }: ChosenHead, services: Services) {
  const { later, nowMs } = jobAsking(run, services);
  const found = projection && (await services.projectionCache.get(run.tenantId, projection.id, later, nowMs));
  if (found?.ok === false && found.error.code === 'busy')
    return err({ ...found.error, code: 'busy' as const });
  const environments = found?.ok ? found.value.projection.header.source.environments : [];
  return ok({
    of: `${projection?.name}@${projection?.version}`,
    names: environments.map(({ name }) => name),
  });
}

async function environmentsIn(
  tenantId: string,
  { slice }: BatchInput,
  { slices }: Services,
): Promise<string[]> {
  const names = await slices.namesIn({ tenantId, ...slice });
  const environments = names.map(({ environment }) => environment);
  const isAsked = (name: string) => slice.environment === undefined || slice.environment === name;
  return [...new Set(environments)].filter(isAsked).sort();
}
