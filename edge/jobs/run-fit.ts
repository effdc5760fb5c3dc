// A fit from its plan to its publication, as durable steps. The order of the steps is all that is decided here.
//
//   plan -> encode shards (in parallel) -> merge each part (tree) -> merge the parts -> solve -> publish
//
// A refit has its statistics and begins at solve; an extension has some of its parts.

import { appError } from '#shared/app-error.ts';
import { ok } from '#shared/result.ts';
import { correctionsPart } from '../stores/projection-record.ts';
import { collectCorrections } from './fit-corrections.ts';
import { encodeShard } from './fit-encode.ts';
import { mergeAll } from './fit-merge-tree.ts';
import { type FitPlan, type PlannedPart, planFit } from './fit-plan.ts';
import { publish, solve } from './fit-publish.ts';
import { FitInput } from './job-inputs.ts';
import { failed, jobStep, type RunResult, type StepContext, stageStep, stopped } from './job-step.ts';
import { groupEvenly, inParallel } from './parallel.ts';

/** Encode steps of one job at most; beyond, a step takes several shards. The platform keeps 1,024 steps an instance. */
const maxEncodeSteps = 400;

type FitContext = StepContext & { readonly input: FitInput };

export async function runFit(context: StepContext, jobInput: unknown): Promise<RunResult<undefined>> {
  const fit: FitContext = { ...context, input: FitInput.parse(jobInput) };
  const { run, services, input } = fit;
  const plan = await jobStep(fit, 'plan', () => planFit(run, input, services));
  if (!plan.ok) return plan;
  const encoded = await encodeAll(fit, plan.value);
  if (!encoded.ok) return encoded;
  const corrected = await takeCorrections(fit, plan.value);
  if (!corrected.ok) return corrected;
  const merged = await mergeAll(fit, plan.value, encoded.value);
  if (!merged.ok) return merged;
  const statisticsKey = merged.value;
  const solved = await stageStep(fit, 'solve', 'solve', (signal) =>
    solve(run, input, statisticsKey, services, signal),
  );
  if (!solved.ok) return solved;
  const parts = plan.value.parts.map(({ part }) => part);
  const published = await stageStep(fit, 'publish', 'publish', () =>
    publish(run, input, { parts, statisticsKey }, services, Date.now()),
  );
  if (!published.ok) return published;
  return published.value ? ok(undefined) : stopped;
}

async function takeCorrections(fit: FitContext, { parts }: FitPlan): Promise<RunResult<true>> {
  const { input, run, services } = fit;
  const planned = parts.find(({ part }) => part.datasetId === correctionsPart);
  if (input.corrections === undefined || planned === undefined) return ok(true);
  return await stageStep(fit, 'corrections', 'encode', (signal) =>
    collectCorrections(run, planned.part, services, signal),
  );
}

/** Keys of the shards' statistics, by number. */
async function encodeAll(fit: FitContext, plan: FitPlan): Promise<RunResult<string[]>> {
  const { services, run, input } = fit;
  const shards = plan.parts.flatMap((planned) =>
    Array.from({ length: planned.to - planned.from }, (_, index) => ({
      planned,
      shard: planned.from + index,
    })),
  );
  if (shards.length === 0) return ok([]);
  const parallel = await stageStep(fit, 'encode', 'encode', async () => {
    await services.runs.setTotal(run, plan.total, Date.now());
    return ok(Math.min(services.settings.shards.inFlight, await services.worker.capacity()));
  });
  if (!parallel.ok) return parallel;
  const groups = groupEvenly(shards.length, maxEncodeSteps);
  const keys: string[] = [];
  const encoded = await inParallel(groups.length, parallel.value, async (index) => {
    const group = shards.slice(groups[index]?.from, groups[index]?.to);
    const done = await jobStep(fit, `encode-${index}`, (signal) => encodeGroup(fit, plan, group, signal));
    if (!done.ok) return done;
    done.value.keys.forEach((key, at) => {
      keys[group[at]?.shard ?? 0] = key;
    });
    return tooManyFailed(done.value.failed, plan.total, input.maxFailedShare) ?? ok(undefined);
  });
  return encoded.ok ? ok(keys) : encoded;
}

type Shard = { readonly planned: PlannedPart; readonly shard: number };

async function encodeGroup(fit: FitContext, plan: FitPlan, group: readonly Shard[], signal: AbortSignal) {
  const keys: string[] = [];
  let failedSoFar = 0;
  for (const { planned, shard } of group) {
    const what = { plan, planned, input: fit.input };
    const encoded = await encodeShard(fit.run, shard, what, fit.services, signal);
    if (!encoded.ok) return encoded;
    keys.push(encoded.value.key);
    failedSoFar = encoded.value.failedSoFar;
  }
  return ok({ keys, failed: failedSoFar });
}

function tooManyFailed(count: number, total: number, maxShare: number): RunResult<never> | undefined {
  if (count <= maxShare * total) return undefined;
  const share = `${count} of ${total} pictures could not be decoded`;
  return failed(appError('unreadable-picture', `${share}; the fit takes at most ${100 * maxShare} %.`));
}
