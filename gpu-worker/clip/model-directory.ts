// Reads a model directory: checks its files, and gives everything the encoder needs to know before a session is opened.
// The revision is a SHA-256 over the files that decide what an embedding is, so that two workers agree on it exactly when they
// encode alike.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Preprocessing } from '../pictures/preprocess.ts';
import {
  ConfigFile,
  contextLengthOf,
  PreprocessorFile,
  preprocessingOf,
  TokenizerConfigFile,
  TokenizerFile,
} from './model-files.ts';

/** Which of a repository's weights to take: `vision_model_fp16.onnx` and so on. */
export type ModelVariant = 'default' | 'fp16' | 'quantized';

export type ModelDirectory = {
  readonly reference: ModelReference;
  readonly visionFile: string;
  readonly textFile: string;
  readonly tokenizer: TokenizerFile;
  readonly tokenizerConfig: TokenizerConfigFile;
  readonly preprocessing: Preprocessing;
  readonly contextLength: number;
  readonly logitScale: number;
  /** What config.json says; the session's outputs are checked against it. */
  readonly embeddingDimension: number | undefined;
  /** Of all the model's files; what a memory budget counts. */
  readonly byteLength: number;
};

/** What cosines are multiplied by where config.json has no learned value: CLIP clips it there in training. */
const defaultLogitScale = 100;

const jsonFiles = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];

/** Errors: `not-found` (no such directory), `invalid-artefact` (a file is missing or does not fit). */
export async function readModelDirectory(
  directory: string,
  { id, variant = 'default' }: { readonly id: string; readonly variant?: ModelVariant },
): Promise<Result<ModelDirectory, AppError>> {
  if (!(await isDirectory(directory))) {
    return err(appError('not-found', `There is no model ${id} on this worker.`));
  }
  const config = await readJson(directory, 'config.json', ConfigFile, id);
  if (!config.ok) return config;
  const preprocessor = await readJson(directory, 'preprocessor_config.json', PreprocessorFile, id);
  if (!preprocessor.ok) return preprocessor;
  const tokenizer = await readJson(directory, 'tokenizer.json', TokenizerFile, id);
  if (!tokenizer.ok) return tokenizer;
  const tokenizerConfig = await readJson(directory, 'tokenizer_config.json', TokenizerConfigFile, id);
  if (!tokenizerConfig.ok) return tokenizerConfig;

  const preprocessing = preprocessingOf(preprocessor.value);
  if (preprocessing === undefined) {
    return broken(id, 'preprocessor_config.json gives no fixed picture size');
  }
  const contextLength = contextLengthOf(config.value, tokenizerConfig.value);
  if (contextLength === undefined) return broken(id, 'no file gives the length of the text context');
  const files = await modelFiles(directory, id, variant);
  if (!files.ok) return files;
  const hashed = await hashFiles(directory, files.value);
  return ok({
    reference: { id, revision: hashed.revision },
    visionFile: join(directory, onnxName('vision', variant)),
    textFile: join(directory, onnxName('text', variant)),
    tokenizer: tokenizer.value,
    tokenizerConfig: tokenizerConfig.value,
    preprocessing,
    contextLength,
    logitScale: config.value.logit_scale ?? defaultLogitScale,
    embeddingDimension: config.value.projection_dim,
    byteLength: hashed.byteLength,
  });
}

export function broken(id: string, reason: string): Result<never, AppError> {
  return err(appError('invalid-artefact', `The model ${id} cannot be used: ${reason}.`));
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

async function readJson<Schema extends z.ZodType>(
  directory: string,
  name: string,
  schema: Schema,
  id: string,
): Promise<Result<z.infer<Schema>, AppError>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(directory, name), 'utf8'));
  } catch (error) {
    return broken(id, error instanceof SyntaxError ? `${name} is not JSON` : `${name} is missing`);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return broken(id, `${name} does not fit at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`);
}

function onnxName(tower: 'vision' | 'text', variant: ModelVariant): string {
  return `onnx/${tower}_model${variant === 'default' ? '' : `_${variant}`}.onnx`;
}

/** The files that decide an embedding, with weights kept outside the graph (`*.onnx_data`) where there are any. */
async function modelFiles(
  directory: string,
  id: string,
  variant: ModelVariant,
): Promise<Result<string[], AppError>> {
  const present: string[] = await readdir(join(directory, 'onnx')).catch(() => []);
  const graphs = [onnxName('vision', variant), onnxName('text', variant)];
  const missing = graphs.find((name) => !present.includes(name.replace('onnx/', '')));
  if (missing !== undefined) return broken(id, `${missing} is missing`);
  const weights = graphs.flatMap((name) =>
    present.map((file) => `onnx/${file}`).filter((file) => file.startsWith(`${name}_data`)),
  );
  return ok([...jsonFiles, ...graphs, ...weights].toSorted());
}

async function hashFiles(
  directory: string,
  names: readonly string[],
): Promise<{ revision: string; byteLength: number }> {
  const total = createHash('sha256');
  let byteLength = 0;
  for (const name of names) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(directory, name))) {
      hash.update(chunk);
      byteLength += chunk.length;
    }
    total.update(`${name}\0${hash.digest('hex')}\n`);
  }
  return { revision: total.digest('hex'), byteLength };
}
