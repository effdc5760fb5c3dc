// The worker's entry: what the platform calls, and the classes that it makes by name.

import type { ScheduledController } from '@cloudflare/workers-types';
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
import { QuotaObject } from './limits/quota-object.ts';
import { MetricsObject } from './metrics/metrics-object.ts';
import { routeTable } from './routes/route-table.ts';
import { EmbeddingObject } from './stores/embedding-object.ts';

const app = createApp(routeTable);

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
  fetch: belowBasePath(app.fetch),
  scheduled: (controller: ScheduledController, env: Env) => keepHouse(env, controller.scheduledTime),
};
