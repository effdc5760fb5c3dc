// The merges of a fit as durable steps: each part's shards as a tree, then the parts. What one merge does is fit-merge.ts's
// business.

import type { AppError } from '#shared/app-error.ts';
import { ok, type Result } from '#shared/result.ts';
import type { MergeFailure } from '../clients/gpu-worker.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { mergeInto, mergeLevels } from './fit-merge.ts';
import { type FitPlan, statisticsKeyOf } from './fit-plan.ts';
import type { RunResult } from './job-step.ts';
import { type StepContext, stageStep } from './job-step.ts';
import { groupEvenly, inParallel } from './parallel.ts';

const maxStepsPerLevel = 100;
const maxParallel = 4;

type MergeNode = { readonly target: string; readonly sources: readonly string[] };

/** The key of the statistics of everything, from the keys of all shards. */
export async function mergeAll(
  fit: StepContext,
  plan: FitPlan,
  shardKeys: readonly string[],
): Promise<RunResult<string>> {
  const { tenantId } = fit.run;
  const partKeys: string[] = [];
  for (const { part, from, to } of plan.parts) {
    const target = objectKeys.statistics(tenantId, part.hash);
    if (to > from) {
      const merged = await mergeTree(fit, target, shardKeys.slice(from, to));
      if (!merged.ok) return merged;
    }
    partKeys.push(target);
  }
  const target = await statisticsKeyOf(tenantId, plan);
  return partKeys.length === 1 ? ok(target) : mergeTree(fit, target, partKeys);
}

async function mergeTree(
  fit: StepContext,
  target: string,
  leaves: readonly string[],
): Promise<RunResult<string>> {
  const name = /([0-9a-f]{12})[0-9a-f]*\.stats$/.exec(target)?.[1] ?? '';
  const levels = mergeLevels(leaves.length);
  let keys = leaves;
  for (const [level, sizes] of levels.entries()) {
    const isRoot = level === levels.length - 1;
    const nodes = cut(keys, sizes).map((sources, index) => {
      const file = `merge/${name}-${level}-${index}.stats`;
      const inner = objectKeys.jobResult(fit.run.tenantId, fit.run.jobId, file);
      return { target: isRoot ? target : inner, sources };
    });
    const groups = groupEvenly(nodes.length, maxStepsPerLevel);
    const merged = await inParallel(groups.length, maxParallel, (index) => {
      const group = nodes.slice(groups[index]?.from, groups[index]?.to);
      return stageStep(fit, `merge-${name}-${level}-${index}`, 'merge', (signal) =>
        mergeGroup(fit, group, signal),
      );
    });
    if (!merged.ok) return merged;
    keys = nodes.map((node) => node.target);
  }
  return ok(target);
}

async function mergeGroup(
  { run, services }: StepContext,
  nodes: readonly MergeNode[],
  signal: AbortSignal,
): Promise<Result<true, AppError<MergeFailure>>> {
  for (const { target, sources } of nodes) {
    const merged = await mergeInto(target, sources, run, services, signal);
    if (!merged.ok) return merged;
  }
  return ok(true);
}

function cut(keys: readonly string[], sizes: readonly number[]): string[][] {
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return keys.slice(end - size, end);
  });
}
