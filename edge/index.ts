// The worker's entry: what the platform calls, and the classes that it makes by name.

import type { ExecutionContext, ScheduledController } from '@cloudflare/workers-types';
import type { Env } from './env.ts';
import { createApp } from './http/app.ts';
import { belowBasePath } from './http/base-path.ts';
import { keepHouse } from './jobs/housekeeping.ts';
import {
  BatchWorkflow,
  EvaluationWorkflow,
  FitWorkflow,
  ImportWorkflow,
  ProfileWorkflow,
  WebhookWorkflow,
} from './jobs/workflows.ts';
import { isolateGarbage } from './limits/collect-garbage.ts';
import { QuotaObject } from './limits/quota-object.ts';
import { MetricsObject } from './metrics/metrics-object.ts';
import { routeTable } from './routes/route-table.ts';
import { EmbeddingObject } from './stores/embedding-object.ts';

const answer = belowBasePath(createApp(routeTable).fetch);

export {
  BatchWorkflow,
  EmbeddingObject,
  EvaluationWorkflow,
  FitWorkflow,
  ImportWorkflow,
  MetricsObject,
  ProfileWorkflow,
  QuotaObject,
  WebhookWorkflow,
};

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) => {
    isolateGarbage.asked();
    return answer(request, env, context);
  },
  scheduled: (controller: ScheduledController, env: Env) => keepHouse(env, controller.scheduledTime),
};
