// What is known of the models of this worker: those that are loaded, those that have failed, and those that lie there.

import type { ModelFacts, WorkerModel } from '#shared/contracts/model.ts';
import type { EncoderInfo } from '../clip/encoder.ts';
import type { ModelStore } from '../clip/model-store.ts';

export function factsOf(info: EncoderInfo): ModelFacts {
  const { reference, embeddingDimension, contextLength, imageSize, logitScale, scoring, family } = info;
  return { reference, embeddingDimension, contextLength, imageSize, logitScale, scoring, family };
}

/** In the order of their names. */
export async function listModels(models: ModelStore, defaultModel: string): Promise<WorkerModel[]> {
  const loaded = new Map(models.loaded().map((info) => [info.reference.id, factsOf(info)]));
  const found = await models.installed();
  return found.map(({ name, modifiedMs, description }) => {
    const isDefault = name === defaultModel;
    const failure = models.failure(name) ?? (description.ok ? undefined : description.error);
    const facts = loaded.get(name);
    const family = facts?.family ?? (description.ok ? description.value.family : undefined);
    const dimension =
      facts?.embeddingDimension ?? (description.ok ? description.value.embeddingDimension : undefined);
    return {
      name,
      modifiedMs,
      isDefault,
      state: facts !== undefined ? 'loaded' : failure === undefined ? 'installed' : 'unusable',
      ...(family === undefined ? {} : { family }),
      ...(dimension === undefined ? {} : { dimension }),
      ...(facts !== undefined || failure === undefined ? {} : { reason: failure }),
    };
  });
}
