// Works through the parts of a job in few steps, because an instance of a workflow may have only so many: some parts to a step,
// several steps at once.

import type { AppError } from '#shared/app-error.ts';
import { ok, type Result } from '#shared/result.ts';
import { jobStep, type RunResult, type StepContext, stageStep } from './job-step.ts';
import { groupEvenly, inParallel } from './parallel.ts';

const maxSteps = 400;

type Work = (part: number, signal: AbortSignal) => Promise<Result<unknown, AppError>>;

/** `name` is that of the steps. The first part that does not end well ends all. */
export function runInSteps(
  context: StepContext,
  name: string,
  { parts, atOnce }: { readonly parts: number; readonly atOnce: number },
  work: Work,
): Promise<RunResult<unknown>> {
  const groups = groupEvenly(parts, maxSteps);
  return inParallel(groups.length, atOnce, (index) =>
    jobStep(context, `${name}-${index}`, async (signal) => {
      const { from = 0, to = 0 } = groups[index] ?? {};
      for (let part = from; part < to; part++) {
        const outcome = await work(part, signal);
        if (!outcome.ok) return outcome;
      }
      return ok(true);
    }),
  );
}

/** As many shards at once as the workers have room for. */
export async function runShards(
  context: StepContext,
  stage: 'encode' | 'evaluate' | 'classify',
  shards: number,
  work: Work,
): Promise<RunResult<unknown>> {
  const { settings, worker } = context.services;
  const room = await stageStep(context, stage, stage, async () =>
    ok(Math.min(settings.shards.inFlight, await worker.capacity())),
  );
  return room.ok ? runInSteps(context, stage, { parts: shards, atOnce: room.value }, work) : room;
}
