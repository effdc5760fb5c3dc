// What is known of a model by name: memory, then the workers, then what they said last. Lets plain CLIP with known
// prototypes be answered while no worker is there.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { GpuWorkerClient, ModelInfo } from '../clients/gpu-worker.ts';
import { isWorkerAway, type WorkerAway } from '../clients/worker-call.ts';
import type { ModelStore } from '../stores/model-store.ts';

export type ModelRefusal = 'not-found' | 'unusable-model';

export type ModelDirectory = {
  describe(name: string, nowMs: number): Promise<Result<ModelInfo, AppError<ModelRefusal | WorkerAway>>>;
  /** After an answer that named another revision: asks again. */
  forget(name: string): void;
};

/** So long a new revision may go unseen where no worker answers in between. */
const freshMs = 60_000;

export function createModelDirectory({
  worker,
  models,
}: {
  readonly worker: Pick<GpuWorkerClient, 'describeModel'>;
  readonly models: Pick<ModelStore, 'find' | 'save'>;
}): ModelDirectory {
  const known = new Map<string, { readonly info: ModelInfo; readonly untilMs: number }>();
  return {
    async describe(name, nowMs) {
      const remembered = known.get(name);
      if (remembered !== undefined && nowMs < remembered.untilMs) return ok(remembered.info);
      const described = await worker.describeModel(name, { lane: 'interactive' });
      if (described.ok) {
        const { reference, ...facts } = described.value;
        if (remembered?.info.reference.revision !== reference.revision) {
          await models.save({ name, revision: reference.revision, ...facts }, nowMs);
        }
        known.set(name, { info: described.value, untilMs: nowMs + freshMs });
        return described;
      }
      const { error } = described;
      if (!isWorkerAway(error)) return err(refused(error, name));
      const stored = await models.find(name);
      if (stored === undefined) return err(error);
      const { name: id, revision, ...facts } = stored;
      return ok({ reference: { id, revision }, ...facts });
    },
    forget: (name) => void known.delete(name),
  };
}

/** A model that is not there, or there and of no use: in the worker's own words, which are meant for callers. */
function refused({ code, detail }: AppError, name: string): AppError<ModelRefusal> {
  const errors = [{ pointer: '/model', message: 'not a model of this service' }];
  return code === 'unusable-model'
    ? appError(code, detail)
    : appError('not-found', `The service has no model ${name}; GET /v1/models lists what it has.`, {
        errors,
      });
}
