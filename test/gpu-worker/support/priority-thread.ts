// A thread that tells its priority (0, or what Linux calls niceness) and that of the process it is in.

import { getPriority } from 'node:os';
import { serveThread } from '../../../gpu-worker/threads/serve-thread.ts';

export type Priorities = { readonly thread: number; readonly process: number };

serveThread<undefined, Priorities>(() => ({
  answer: { thread: getPriority(0), process: getPriority(process.pid) },
}));
