// Runs targets in a thread of their own, so that several are fitted at once.

import { serveThread } from '../../gpu-worker/threads/serve-thread.ts';
import { runTarget, type TargetTask } from './run-target.ts';

export type TargetAnswer = ReturnType<typeof runTarget>;

serveThread<TargetTask, TargetAnswer>((task) => ({ answer: runTarget(task) }));
