// Which files make a model, how a hub repository names them and where they lie in a model directory. Touches no disk.
//
// A model directory holds one variant, always under the plain names (`onnx/vision_model.onnx`), so that whoever loads it
// need not know the variant; the manifest beside the files records it.

import { join } from 'node:path';
import { ModelName } from '#shared/contracts/common.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type ModelsError, modelsError } from './models-error.ts';

export const variants = ['fp32', 'fp16', 'quantized'] as const;
export type Variant = (typeof variants)[number];

const suffixes: Readonly<Record<Variant, string>> = { fp32: '', fp16: '_fp16', quantized: '_quantized' };

export type ModelFile = {
  /** Path inside the model directory. */
  readonly path: string;
  /** Path inside the repository. */
  readonly source: string;
  readonly required: boolean;
};

/** The files of one variant; the optional ones are taken where the repository has them. */
export function modelFiles(variant: Variant): readonly ModelFile[] {
  const suffix = suffixes[variant];
  const same = (path: string, required: boolean): ModelFile => ({ path, source: path, required });
  const tower = (name: string): ModelFile[] => [
    { path: `onnx/${name}.onnx`, source: `onnx/${name}${suffix}.onnx`, required: true },
    // Weights beyond 2 GiB lie in a file of their own, which the ONNX file refers to by name.
    same(`onnx/${name}${suffix}.onnx_data`, false),
  ];
  return [
    same('config.json', true),
    same('preprocessor_config.json', true),
    same('tokenizer.json', true),
    same('tokenizer_config.json', true),
    ...tower('text_model'),
    ...tower('vision_model'),
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
