// /v1/corrections: the right label of what was answered, for the next fit of the name.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { PageQuery, ResourceName } from '#shared/contracts/common.ts';
import {
  Correction,
  CorrectionPage,
  CorrectionRequest,
  CorrectionsMade,
} from '#shared/contracts/correction.ts';
import { maxJsonBodyBytes } from '#shared/contracts/limits.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import type { CorrectionRecord } from '../stores/correction-store.ts';
import { addCorrections } from '../use-cases/manage-corrections.ts';
import { isoTime } from '../use-cases/present.ts';
import { exampleImage } from './classifications.ts';
import { askingOf, embedSources } from './data-context.ts';
import { inputErrors, toInput } from './inputs.ts';
import { pageReply } from './page-reply.ts';

const CorrectionParams = z.object({ correction: z.string().min(1).max(80) });
const CorrectionQuery = PageQuery.extend({ projection: ResourceName.optional() });

const example = {
  id: 'cor_5Rz1YtKp9LqVb3XcWn6MfG2D',
  projection: 'camera-traps',
  sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
  environment: 'north-gate',
  label: 'bear',
  answered: 'mouse',
  createdAt: '2026-11-04T09:30:00.000Z',
};

const shared = { scope: ['projections', 'datasets'], tags: ['corrections'] } as const;
const noCorrection = err(appError('not-found', 'The tenant has no such correction.'));

function present({ name, modelRevision: _, createdAtMs, answered, ...rest }: CorrectionRecord): Correction {
  return {
    ...rest,
    projection: name,
    ...(answered === undefined ? {} : { answered }),
    createdAt: isoTime(createdAtMs),
  };
}

export const correctionRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/corrections',
    summary: 'Say what was right',
    description:
      'The right label of pictures that a projection answered, or the answered one to confirm it: kept for the name with the embedding, so that a refit or an extension with `corrections: true` takes it in and nothing is encoded again. A picture that was classified is named by its `sha256`. The same picture again takes the place of what was said of it.',
    body: CorrectionRequest,
    bodyExample: {
      projection: 'camera-traps',
      corrections: [
        { input: { image: exampleImage }, label: 'bear', environment: 'north-gate', answered: 'mouse' },
      ],
    },
    maxJsonBytes: maxJsonBodyBytes,
    maxBodyBytes: maxJsonBodyBytes,
    creates: true,
    grows: true,
    errors: [...inputErrors, 'invalid-request'],
    responses: {
      201: {
        description: 'What is kept, and which inputs could not be used.',
        schema: CorrectionsMade,
        example: { items: [example], failures: [] },
      },
    },
    handler: async (context) => {
      const { input, caller, services } = context;
      const inputs = input.body.corrections.map((correction, index) => toInput(correction.input, index));
      const sources = { ...embedSources(context), ...services };
      const { storedBytes } = caller.tenant.limits;
      const made = await addCorrections(input.body, inputs, storedBytes, askingOf(context), sources);
      if (!made.ok) return made;
      const { items, failures } = made.value;
      return ok({ status: 201, json: { items: items.map(present), failures: [...failures] } });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/corrections',
    summary: 'List corrections, newest first',
    query: CorrectionQuery,
    responses: {
      200: { description: 'A page of them.', schema: CorrectionPage, example: { items: [example] } },
    },
    handler: ({ input, caller, services }) => {
      const { id: tenantId } = caller.tenant;
      const { projection: name } = input.query;
      return pageReply(input.query, (page) => services.corrections.list(tenantId, page, name), present);
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/corrections/:correction',
    summary: 'Get a correction',
    params: CorrectionParams,
    responses: { 200: { description: 'The correction.', schema: Correction, example } },
    handler: async ({ input, caller, services }) => {
      const found = await services.corrections.find(caller.tenant.id, input.params.correction);
      return found === undefined ? noCorrection : ok({ status: 200, json: present(found) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/corrections/:correction',
    summary: 'Take a correction back',
    description: 'Versions that took it in stay as they are.',
    params: CorrectionParams,
    responses: { 204: { description: 'It is gone.' } },
    handler: async ({ input, caller, services }) => {
      const removed = await services.corrections.remove(caller.tenant.id, input.params.correction);
      return removed ? ok({ status: 204 }) : noCorrection;
    },
  }),
];
