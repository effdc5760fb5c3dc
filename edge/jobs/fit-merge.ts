// Merges statistics: a tree of fan-in 8 over the shards of a part, then one merge over the parts. Each node streams its
// inputs from storage through a worker and its result back; a node that is there already costs one read.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { MergeFailure } from '../clients/gpu-worker.ts';
import type { Services } from '../services.ts';
import type { Run } from '../stores/run-store.ts';
import type { StatisticsRef } from '../stores/statistics-files.ts';
import { jobCall } from './job-step.ts';

export const mergeFanIn = 8;

/** Level by level, the sizes of the groups that `count` files are merged in; one last group of at most `mergeFanIn`. */
export function mergeLevels(count: number): number[][] {
  const levels: number[][] = [];
  let left = count;
  do {
    const groups = Math.ceil(left / mergeFanIn);
    levels.push(
      Array.from({ length: groups }, (_, group) => Math.min(mergeFanIn, left - group * mergeFanIn)),
    );
    left = groups;
  } while (left > 1);
  return levels;
}

/** The files of `keys`, in order, as one under `target`. */
export async function mergeInto(
  target: string,
  keys: readonly string[],
  run: Run,
  { worker, statistics, objects }: Services,
  signal: AbortSignal,
): Promise<Result<StatisticsRef, AppError<MergeFailure>>> {
  const made = await statistics.find(target);
  if (made !== undefined) return ok(made);
  const refs = await Promise.all(keys.map((key) => statistics.find(key)));
  const present = refs.filter((ref) => ref !== undefined);
  if (present.length < keys.length) {
    return err(appError('conflict', 'Statistics that this fit needs were deleted while it ran.'));
  }
  const items = present.map(({ sha256, byteLength }) => ({ sha256, byteLength }));
  const frames = present.map(({ key, byteLength }) => ({ byteLength, open: () => objects.open(key) }));
  const answer = await worker.merge({ items }, frames, statistics.sink(target), jobCall(run, signal));
  return answer.ok ? ok(await statistics.commit(target, answer.value)) : answer;
}
