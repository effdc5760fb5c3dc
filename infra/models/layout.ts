// Where models lie in a models directory. Which files make one is gpu-worker/clip/model-layout.ts'. Touches no disk.

import { join } from 'node:path';
import { ModelName } from '#shared/contracts/common.ts';
import { type ModelVariant, modelVariants } from '#shared/contracts/model-variants.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type ModelsError, modelsError } from './models-error.ts';

/** Precisions of the weights; the worker takes the same words in ICM_MODEL_VARIANT. */
export const variants = modelVariants;
export type Variant = ModelVariant;

/** `<root>/<owner>/<name>`; refuses names that could leave the root. */
export function modelDirectory(root: string, name: string): Result<string, ModelsError> {
  if (!ModelName.safeParse(name).success) {
    return err(modelsError('invalid-name', `"${name}" is not a model name; expected owner/name.`));
  }
  return ok(join(root, ...name.split('/')));
}

/** Where unfinished downloads wait: in the root, so that installing is a rename, and hidden from whoever lists models. */
export function stagingDirectory(root: string, name: string, commit: string, variant: Variant): string {
  return join(root, '.partial', `${name.replace('/', '--')}-${commit}-${variant}`);
}
