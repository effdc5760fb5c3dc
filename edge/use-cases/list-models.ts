// The models of the service, as the workers tell of them, in OpenAI's shape.

import type { AppError } from '#shared/app-error.ts';
import type { Model, ModelList, WorkerModel } from '#shared/contracts/model.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ModelDirectory, ModelRefusal } from '../cache/model-directory.ts';
import type { GpuWorkerClient } from '../clients/gpu-worker.ts';
import type { CallContext, WorkerAway } from '../clients/worker-call.ts';

type Sources = {
  readonly worker: Pick<GpuWorkerClient, 'listModels'>;
  readonly modelDirectory: Pick<ModelDirectory, 'describe'>;
  readonly defaultModel: string;
};

export async function listModels(
  { worker, defaultModel }: Sources,
  context: CallContext,
): Promise<Result<ModelList, AppError<WorkerAway>>> {
  const listed = await worker.listModels(context);
  if (!listed.ok) return listed;
  return ok({ object: 'list', data: listed.value.map((model) => toModel(model, defaultModel)) });
}

/** One model, loaded if it was not. */
export async function findModel(
  name: string,
  nowMs: number,
  sources: Sources,
  context: CallContext,
): Promise<Result<Model, AppError<ModelRefusal | WorkerAway>>> {
  const described = await sources.modelDirectory.describe(name, nowMs);
  if (!described.ok) return described;
  const listed = await sources.worker.listModels(context);
  if (!listed.ok) return listed;
  const model = listed.value.find((candidate) => candidate.name === name);
  if (model === undefined) return err({ code: 'not-found', detail: `The service has no model ${name}.` });
  const { embeddingDimension: dimension } = described.value;
  return ok(toModel({ ...model, state: 'loaded', dimension }, sources.defaultModel));
}

function toModel(
  { name, modifiedMs, state, family, dimension, reason }: WorkerModel,
  defaultModel: string,
): Model {
  return {
    id: name,
    object: 'model',
    created: Math.floor(modifiedMs / 1000),
    owned_by: name.includes('/') ? (name.split('/')[0] ?? name) : 'clip-icm',
    ...(family === undefined ? {} : { family }),
    ...(dimension === undefined ? {} : { dimension }),
    modalities: ['text', 'image'],
    default: name === defaultModel,
    status: state === 'installed' ? 'available' : state,
    ...(reason === undefined ? {} : { reason }),
  };
}
