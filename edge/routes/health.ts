// Whether the edge is up (`/healthz`) and can serve (`/readyz`). An encoder that is down does not make the edge
// unready: known pictures and embeddings are still classified.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';

const Live = z.object({ status: z.literal('ok'), environment: z.string() });
const Ready = z.object({ status: z.literal('ready') });

export const healthRoutes = [
  defineRoute({
    method: 'GET',
    path: '/healthz',
    scope: 'public',
    summary: 'Is the edge alive',
    tags: ['health'],
    responses: {
      200: { description: 'It answers.', schema: Live, example: { status: 'ok', environment: 'production' } },
    },
    handler: async ({ services }) =>
      ok({ status: 200, json: { status: 'ok', environment: services.settings.environment } }),
  }),
  defineRoute({
    method: 'GET',
    path: '/readyz',
    scope: 'public',
    summary: 'Can the edge serve',
    description: 'Asks the database and the object store; the encoders are not asked.',
    tags: ['health'],
    responses: { 200: { description: 'It can.', schema: Ready, example: { status: 'ready' } } },
    errors: ['not-ready'],
    handler: async ({ services }) => {
      const answers = await services.askStorage().then(
        () => true,
        () => false,
      );
      if (answers) return ok({ status: 200, json: { status: 'ready' } });
      return err(appError('not-ready', 'A store does not answer.', { retryAfterSeconds: 5 }));
    },
  }),
];
