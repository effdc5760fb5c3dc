// Every route of the edge. What is not here does not exist: the app, the OpenAPI document, `npm run routes` and the
// authorisation tests all read this list.

import type { Route } from '../http/route.ts';
import { metricsRoutes } from './admin-metrics.ts';
import { adminRoutes } from './admin-tenants.ts';
import { aliasRoutes } from './aliases.ts';
import { batchRowRoutes } from './batch-rows.ts';
import { batchRoutes } from './batches.ts';
import { classificationRoutes } from './classifications.ts';
import { correctionRoutes } from './corrections.ts';
import { datasetItemRoutes } from './dataset-items.ts';
import { datasetRoutes } from './datasets.ts';
import { createDocsRoutes } from './docs.ts';
import { embeddingRoutes } from './embeddings.ts';
import { environmentPictureRoutes } from './environment-pictures.ts';
import { environmentRoutes } from './environments.ts';
import { evaluationRoutes } from './evaluations.ts';
import { healthRoutes } from './health.ts';
import { jobRoutes } from './jobs.ts';
import { keyRoutes } from './keys.ts';
import { modelRoutes } from './models.ts';
import { problemRoutes } from './problems.ts';
import { projectionPartRoutes } from './projection-parts.ts';
import { projectionRoutes } from './projections.ts';
import { releaseRoutes } from './releases.ts';
import { shadowRoutes } from './shadows.ts';
import { usageRoutes } from './usage.ts';
import { watchRoutes } from './watch.ts';
import { webhookRoutes } from './webhooks.ts';

const describedRoutes: readonly Route[] = [
  ...classificationRoutes,
  ...batchRoutes,
  ...batchRowRoutes,
  ...embeddingRoutes,
  ...modelRoutes,
  ...datasetRoutes,
  ...datasetItemRoutes,
  ...projectionRoutes,
  ...projectionPartRoutes,
  ...correctionRoutes,
  ...releaseRoutes,
  ...shadowRoutes,
  ...aliasRoutes,
  ...jobRoutes,
  ...evaluationRoutes,
  ...environmentPictureRoutes,
  ...environmentRoutes,
  ...watchRoutes,
  ...webhookRoutes,
  ...keyRoutes,
  ...usageRoutes,
  ...adminRoutes,
  ...metricsRoutes,
  ...healthRoutes,
  ...problemRoutes,
];

export const routeTable: readonly Route[] = [...describedRoutes, ...createDocsRoutes(describedRoutes)];
