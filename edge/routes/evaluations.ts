// /v1/evaluations: a projection against plain CLIP on labelled datasets.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { PageQuery } from '#shared/contracts/common.ts';
import {
  Evaluation,
  EvaluationAccepted,
  EvaluationPage,
  EvaluationRequest,
} from '#shared/contracts/evaluation.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { startEvaluation } from '../jobs/start-evaluation.ts';
import { findProjection } from '../use-cases/find-owned.ts';
import { presentEvaluation, presentJob } from '../use-cases/present.ts';
import { jobSources } from './data-context.ts';
import { fitJobExample } from './jobs.ts';
import { pageReply } from './page-reply.ts';

const EvaluationParams = z.object({ evaluation: z.string().min(1).max(80) });

const running = {
  id: 'evl_8Kd3MwZq6TnVb1YxRc9LpF5H',
  jobId: fitJobExample.id,
  status: 'running',
  projection: { id: 'prj_2Vw8KdJt5RyXn0QbLc7GmZ4H', name: 'camera-traps', version: 1 },
  datasets: [{ id: 'ds_4xT0b9QmZr2KcVw7YhNf3LpA', name: 'camera-traps' }],
  createdAt: '2026-05-04T09:40:00.000Z',
} as const;

const clip = { accuracy: 0.71, calibrationError: 0.12 };
const projection = { accuracy: 0.78, calibrationError: 0.06 };
const difference = { accuracy: 0.07, standardError: 0.023 };

const example = {
  ...running,
  status: 'succeeded',
  report: {
    model: 'nano-clip',
    head: 'zero-shot',
    pictures: 200,
    skipped: { withoutClass: 3, otherClass: 0, unreadable: 1 },
    environments: [{ name: 'west', pictures: 200, clip, projection, difference }],
    macro: { clip, projection, difference },
    flips: { changed: 24, corrected: 18, broken: 4 },
    classes: [{ name: 'fox', pictures: 110, clipRecall: 0.69, projectionRecall: 0.8 }],
    mostCorrected: [],
    mostBroken: [],
  },
} as const;

const jobExample = {
  ...fitJobExample,
  kind: 'evaluation',
  stage: 'evaluate',
  subjectId: running.id,
} as const;

const shared = { scope: 'evaluate', tags: ['evaluations'] } as const;

export const evaluationRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/evaluations',
    summary: 'Evaluate a projection',
    description:
      'Against plain CLIP with the same labels, on labelled datasets that it should not have been fitted from. Embeddings are kept, so that evaluating the same pictures again needs no encoder.',
    body: EvaluationRequest,
    bodyExample: { projection: 'camera-traps', datasets: ['camera-traps'] },
    creates: true,
    adds: 'evaluations',
    errors: ['not-found', 'conflict', 'model-mismatch'],
    responses: {
      202: {
        description: 'The job, and the evaluation that it will fill.',
        schema: EvaluationAccepted,
        example: { job: jobExample, evaluation: running },
      },
    },
    handler: async (context) => {
      const { input, caller, nowMs } = context;
      const found = await findProjection(caller.tenant.id, input.body.projection, context.services);
      if (!found.ok) return found;
      const projection = found.value;
      const sources = jobSources(context);
      const started = await startEvaluation(caller.tenant, projection, input.body, sources, nowMs);
      if (!started.ok) return started;
      const { job, evaluation } = started.value;
      return ok({
        status: 202,
        json: { job: presentJob(job), evaluation: presentEvaluation(evaluation) },
      });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/evaluations',
    summary: 'List evaluations, newest first',
    description: 'Without their reports.',
    query: PageQuery,
    responses: {
      200: { description: 'A page of evaluations.', schema: EvaluationPage, example: { items: [running] } },
    },
    handler: ({ input, caller, services }) =>
      pageReply(input.query, (page) => services.evaluations.list(caller.tenant.id, page), presentEvaluation),
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/evaluations/:evaluation',
    summary: 'Get an evaluation, with its report',
    params: EvaluationParams,
    responses: { 200: { description: 'The evaluation.', schema: Evaluation, example } },
    handler: async ({ input, caller, services }) => {
      const found = await services.evaluations.find(caller.tenant.id, input.params.evaluation);
      if (found === undefined) return err(appError('not-found', 'The tenant has no such evaluation.'));
      return ok({ status: 200, json: presentEvaluation(found) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/evaluations/:evaluation',
    summary: 'Delete an evaluation',
    description: 'With its report. One that is running is cancelled first, through its job.',
    params: EvaluationParams,
    errors: ['conflict'],
    responses: { 204: { description: 'It is gone.' } },
    handler: async ({ input, caller, services }) => {
      const { evaluation } = input.params;
      if (await services.evaluations.remove(caller.tenant.id, evaluation)) return ok({ status: 204 });
      const found = await services.evaluations.find(caller.tenant.id, evaluation);
      if (found === undefined) return err(appError('not-found', 'The tenant has no such evaluation.'));
      return err(appError('conflict', 'The evaluation is running: cancel its job first.'));
    },
  }),
];
