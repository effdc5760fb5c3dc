// Runs tasks in order with a bounded number at once, and folds many tasks into few steps, because an instance of a workflow may
// have only so many.

import { ok } from '#shared/result.ts';
import type { RunResult } from './run-end.ts';

/** The first that does not end well keeps the rest from starting. Results stand in the order of the tasks. */
export async function inParallel<T>(
  count: number,
  limit: number,
  task: (index: number) => Promise<RunResult<T>>,
): Promise<RunResult<T[]>> {
  const results: T[] = [];
  let next = 0;
  let ended: RunResult<never> | undefined;
  const runner = async () => {
    while (next < count && ended === undefined) {
      const index = next++;
      const result = await task(index);
      if (result.ok) results[index] = result.value;
      else ended ??= result;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, runner));
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
