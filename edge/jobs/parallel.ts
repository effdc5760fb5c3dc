// Runs tasks in order with a bounded number at once, and folds many tasks into few steps, because an instance of a workflow may
// have only so many.

import { ok } from '#shared/result.ts';
import type { RunResult } from './job-step.ts';

/**
 * The first that does not end well, or throws, keeps the rest from starting; those under way are waited for, because what comes
 * next clears away what they make. Results stand in the order of the tasks.
 */
export async function inParallel<T>(
  count: number,
  limit: number,
  task: (index: number) => Promise<RunResult<T>>,
): Promise<RunResult<T[]>> {
  const results: T[] = [];
  let next = 0;
  let ended: RunResult<never> | undefined;
  const runner = async () => {
    while (next < count) {
      const index = next++;
      const result = await task(index).catch((thrown: unknown) => {
        next = count;
        throw thrown;
      });
      if (result.ok) {
        results[index] = result.value;
        continue;
      }
      ended ??= result;
      next = count;
    }
  };
  const runners = await Promise.allSettled(Array.from({ length: Math.min(limit, count) }, runner));
  for (const settled of runners) if (settled.status === 'rejected') throw settled.reason;
  return ended ?? ok(results);
}

/** [from, to) ranges over `count` tasks, at most `maxGroups` of about equal size. */
export function groupEvenly(count: number, maxGroups: number): { from: number; to: number }[] {
  const size = Math.max(1, Math.ceil(count / maxGroups));
  return Array.from({ length: Math.ceil(count / size) }, (_, group) => ({
    from: group * size,
    to: Math.min(count, (group + 1) * size),
  }));
}
