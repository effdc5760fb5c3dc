// /v1/evaluations: a projection against plain CLIP on labelled datasets, as a job.

import type { z } from 'zod';
import type { Evaluation, EvaluationAccepted, EvaluationRequest } from '#shared/contracts/evaluation.ts';
import { create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';

export type Evaluations = Listing<Evaluation> & {
  create(request: z.input<typeof EvaluationRequest>, options?: CreateOptions): Promise<EvaluationAccepted>;
  /** With its report once the job has succeeded. */
  get(evaluation: string, call?: CallOptions): Promise<Evaluation>;
  delete(evaluation: string, call?: CallOptions): Promise<void>;
};

export function evaluations(transport: Transport): Evaluations {
  return {
    ...listing<Evaluation>(transport, '/v1/evaluations'),
    create: (request, options) => create(transport, '/v1/evaluations', request, options),
    get: (evaluation, call) => read(transport, path`/v1/evaluations/${evaluation}`, call),
    delete: (evaluation, call) => remove(transport, path`/v1/evaluations/${evaluation}`, call),
  };
}
