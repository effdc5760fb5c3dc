// POST /v1/models: what lies in the models directory, what is loaded, and what cannot be used and why.

import { WorkerModelsRequest } from '#shared/contracts/model.ts';
import { ok } from '#shared/result.ts';
import { answering } from '../http/context.ts';
import { readSignedJson } from '../http/signed-body.ts';
import type { Services } from '../services.ts';
import { listModels } from '../use-cases/list-models.ts';

export function modelsRoute(services: Services) {
  return answering(services, async (context) => {
    const body = await readSignedJson(context, WorkerModelsRequest);
    if (!body.ok) return body;
    const models = await listModels(services.models, services.env.ICM_DEFAULT_MODEL);
    return ok(Response.json({ models }));
  });
}
