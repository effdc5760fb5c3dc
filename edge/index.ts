// The worker's entry: what the platform calls, and the classes that it makes by name.

import type { ScheduledController } from '@cloudflare/workers-types';
import { createApp } from './app.ts';
import type { Env } from './env.ts';
import { keepHouse } from './housekeeping.ts';
import { QuotaObject } from './limits/quota-object.ts';
import { routeTable } from './routes/route-table.ts';
import { EvaluationWorkflow } from './workflows/evaluation-workflow.ts';
import { FitWorkflow } from './workflows/fit-workflow.ts';
import { ImportWorkflow } from './workflows/import-workflow.ts';

const app = createApp(routeTable);

export { EvaluationWorkflow, FitWorkflow, ImportWorkflow, QuotaObject };

export default {
  fetch: app.fetch,
  scheduled: (controller: ScheduledController, env: Env) => keepHouse(env, controller.scheduledTime),
};
