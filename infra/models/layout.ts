// Which files make a model, in a hub repository and in a model directory alike. Touches no disk.

import { join } from 'node:path';
import { ModelName } from '#shared/contracts/common.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type ModelsError, modelsError } from './models-error.ts';

/** Precisions of the weights; the worker takes the same words in ICM_MODEL_VARIANT. */
export const variants = ['default', 'fp16', 'quantized'] as const;
export type Variant = (typeof variants)[number];

export type ModelFile = { readonly path: string; readonly required: boolean };

/** The files of one variant; the optional ones are taken where the repository has them. */
export function modelFiles(variant: Variant): readonly ModelFile[] {
  const suffix = variant === 'default' ? '' : `_${variant}`;
  const graphs = [`onnx/text_model${suffix}.onnx`, `onnx/vision_model${suffix}.onnx`];
  return [
    ...['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json', ...graphs].map(
      (path) => ({ path, required: true }),
    ),
    // Weights beyond 2 GiB lie in a file of their own, which the graph refers to by name.
    ...graphs.map((graph) => ({ path: `${graph}_data`, required: false })),
  ];
}

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
