// All targets and seeds of an evaluation over a few threads, each looked up in the result cache first.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { openThread } from '../../gpu-worker/threads/thread-client.ts';
import { hashOf, hashOfCode, type ResultCache } from './result-cache.ts';
import type { TargetTask } from './run-target.ts';
import { TargetResult } from './target-result.ts';
import type { TargetAnswer } from './target-thread.ts';

export type RunTasksOptions = {
  readonly cache: ResultCache;
  readonly threads: number;
  readonly onProgress: (done: number, total: number) => void;
};

/** Results in the order of `tasks`; the first error ends the evaluation. Tasks are made when their turn comes. */
export async function runTasks(
  tasks: readonly (() => TargetTask)[],
  { cache, threads, onProgress }: RunTasksOptions,
): Promise<Result<TargetResult[], AppError>> {
  const code = await hashOfCode();
  const results: TargetResult[] = [];
  let failure: AppError | undefined;
  let next = 0;
  let done = 0;

  async function work(): Promise<void> {
    const thread = openThread<TargetTask, TargetAnswer>(new URL('./target-thread.ts', import.meta.url));
    for (let index = next++; index < tasks.length && failure === undefined; index = next++) {
      const task = (tasks[index] as () => TargetTask)();
      const key = hashOf({ code, task });
      const kept = TargetResult.safeParse(await cache.get(key));
      const answer: TargetAnswer = kept.success ? ok(kept.data) : await thread.call(task);
      if (answer.ok) {
        results[index] = answer.value;
        if (!kept.success) await cache.put(key, answer.value);
      } else {
        const name = task.data.environments[task.target]?.name;
        failure = appError(answer.error.code, `Target ${name}: ${answer.error.detail}`);
      }
      onProgress(++done, tasks.length);
    }
    await thread.close();
  }
  await Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, work));
  return failure === undefined ? ok(results) : err(failure);
}
