// Requests under way that whoever sent them looks at meanwhile, by the name they were given. Forgotten when they end.

import { taskPattern } from '#shared/contracts/worker.ts';
import type { WorkTally } from './work-tally.ts';

export type Tasks = {
  /** Answers what ends it. A name that is none, or is taken, is let be. */
  begin(name: string | undefined, work: WorkTally): () => void;
  find(name: string): WorkTally | undefined;
};

export function createTasks(): Tasks {
  const running = new Map<string, WorkTally>();
  return {
    begin(name, work) {
      if (name === undefined || !taskPattern.test(name) || running.has(name)) return () => undefined;
      running.set(name, work);
      return () => void running.delete(name);
    },
    find: (name) => running.get(name),
  };
}
