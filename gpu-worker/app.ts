// The worker's HTTP surface: which middleware and which route answers what. Listening is run-worker.ts' business.

import { Hono } from 'hono';
import { appError } from '#shared/app-error.ts';
import type { WorkerEnv } from './http/context.ts';
import { problemResponse } from './http/problem-response.ts';
import { readOn } from './middleware/read-on.ts';
import { refuseUnlessReady } from './middleware/refuse-unless-ready.ts';
import { requestContext } from './middleware/request-context.ts';
import { verifySignature } from './middleware/verify-signature.ts';
import { embeddedStatisticsRoute } from './routes/embedded-statistics.ts';
import { encodeImagesRoute } from './routes/encode-images.ts';
import { encodeTextsRoute } from './routes/encode-texts.ts';
import { fetchRoute } from './routes/fetch.ts';
import { healthRoutes } from './routes/health.ts';
import { mergeRoute } from './routes/merge.ts';
import { modelsRoute } from './routes/models.ts';
import { postRoute } from './routes/post.ts';
import { solveRoute } from './routes/solve.ts';
import { statisticsRoute } from './routes/statistics.ts';
import type { Services } from './services.ts';

export function createApp(services: Services): Hono<WorkerEnv> {
  const { env, lifecycle, metrics } = services;
  const app = new Hono<WorkerEnv>();
  app.use(requestContext(services), readOn());
  app.route('/', healthRoutes(services));
  app.use(
    '/v1/*',
    refuseUnlessReady(lifecycle),
    verifySignature(services, { secrets: env.ICM_WORKER_SECRETS, endpoints: env.ICM_ENDPOINTS }),
  );
  app.post('/v1/encode/images', encodeImagesRoute(services));
  app.post('/v1/encode/texts', encodeTextsRoute(services));
  app.post('/v1/models', modelsRoute(services));
  app.post('/v1/statistics', statisticsRoute(services));
  app.post('/v1/statistics/embeddings', embeddedStatisticsRoute(services));
  app.post('/v1/merge', mergeRoute(services));
  app.post('/v1/solve', solveRoute(services));
  app.post('/v1/fetch', fetchRoute(services));
  app.post('/v1/post', postRoute(services));
  app.notFound((context) =>
    problemResponse(appError('not-found', 'There is no such route.'), context.get('requestId')),
  );
  app.onError((error, context) => {
    metrics.failed('internal');
    context.get('log').error({ event: 'bug', err: error });
    return problemResponse(appError('internal', 'The worker met a fault.'), context.get('requestId'));
  });
  return app;
}
