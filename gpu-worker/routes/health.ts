// GET /healthz, /readyz, /metrics: unsigned, for probes and Prometheus. And /tasks/:task, how far a request is: its name is
// a secret of whoever sent it, and a number is all there is to learn.

import { Hono } from 'hono';
import type { ReadyReport, TaskProgress } from '#shared/contracts/worker.ts';
import type { WorkerEnv } from '../http/context.ts';
import type { Services } from '../services.ts';
import { factsOf } from '../use-cases/list-models.ts';

export function healthRoutes(services: Services): Hono<WorkerEnv> {
  const { metrics } = services;
  return new Hono<WorkerEnv>()
    .get('/healthz', (context) => context.json({ status: 'ok' }))
    .get('/readyz', (context) => {
      const report = readyReport(services);
      return context.json(report, report.ready ? 200 : 503);
    })
    .get('/tasks/:task', (context) => {
      const work = services.tasks.find(context.req.param('task'));
      if (work === undefined) return context.body(null, 404);
      return context.json({ pictures: work.pictures } satisfies TaskProgress);
    })
    .get('/metrics', async (context) =>
      context.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
    );
}

function readyReport({ lifecycle, env, admission, models, window }: Services): ReadyReport {
  const phase = lifecycle.phase();
  return {
    ready: phase === 'ready',
    draining: phase === 'draining',
    executionProvider: env.ICM_EXECUTION_PROVIDER,
    concurrency: {
      interactive: Math.max(1, Math.floor(admission.limit / window)),
      bulk: Math.max(1, Math.floor(admission.bulkLimit / window)),
    },
    queue: { depth: admission.depth(), limit: admission.limit },
    models: models.loaded().map(factsOf),
  };
}
