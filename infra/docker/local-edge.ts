// Entry of the local edge's container: the edge under miniflare with workers that run elsewhere (compose.yaml). On one machine
// without containers, `npm start` does this and runs a worker too.

import { z } from 'zod';
import { ensureDevelopmentKey } from '../local/development-key.ts';
import { openLocalStack } from '../local/open-local-stack.ts';
import { stopSignal } from '../local/stop-signal.ts';

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8787),
  /** Keeps D1, R2, Durable Objects, Workflows, and the development key. */
  DATA_DIR: z.string().min(1),
  WORKER_ENDPOINTS: z.string().min(1),
  WORKER_SECRET: z.string().min(32),
});

const environment = Environment.parse(process.env);
// Until it is open a signal just ends it. A container's first process is told of none that it does not listen for.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const stack = await openLocalStack({
  workers: 0,
  stateDirectory: environment.DATA_DIR,
  host: environment.HOST,
  port: environment.PORT,
  bindings: {
    WORKER_ENDPOINTS: environment.WORKER_ENDPOINTS,
    WORKER_SECRET: environment.WORKER_SECRET,
  },
  onLog: (_source, line) => process.stdout.write(`${line}\n`),
});
const stopped = stopSignal();
process.stdout.write(`the edge is ready; development key ${await ensureDevelopmentKey(stack)}\n`);
await stopped;
await stack.close();
