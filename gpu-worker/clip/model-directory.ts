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
import type { ModelVariant } from '#shared/contracts/model-variants.ts';
import type { Preprocessing } from '#shared/pixels/preprocess.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Family, ModelFiles, Scores } from './families/family.ts';
import { recogniseFamily } from './families/recognise.ts';
import {
  ConfigFile,
  contextLengthOf,
  PreprocessorFile,
  preprocessingOf,
  TokenizerConfigFile,
  TokenizerFile,
  withoutNulls,
} from './model-files.ts';
import { filesOf, findLayout, type ModelLayout } from './model-layout.ts';

/** What the small files say of a model. */
export type ModelDescription = {
  readonly layout: ModelLayout;
  readonly family: Family;
  readonly tokenizer: TokenizerFile;
  readonly tokenizerConfig: TokenizerConfigFile;
  readonly preprocessing: Preprocessing;
  readonly contextLength: number;
  readonly scores: Scores;
  /** Whether a text's embedding is the mean over its tokens, where the graph leaves that to us. */
  readonly meanPooling: boolean;
  /** What config.json says, to be compared with what the graphs give. */
  readonly embeddingDimension: number | undefined;
};

export type ModelDirectory = ModelDescription & {
  readonly reference: ModelReference;
  readonly visionFile: string;
  readonly textFile: string;
  /** Of all the model's files; what a memory budget counts. */
  readonly byteLength: number;
};

/** Attention costs the square of a text's length: however far a model's positions reach, texts are cut here. */
const longestText = 512;

/** No such directory, or a file that is missing or does not fit. */
export type ModelFailure = 'not-found' | 'unusable-model';

export async function readModelDirectory(
  directory: string,
  { id, variant = 'default' }: { readonly id: string; readonly variant?: ModelVariant },
): Promise<Result<ModelDirectory, AppError<ModelFailure>>> {
  if (!(await isDirectory(directory))) {
    return err(appError('not-found', `There is no model ${id} on this worker.`));
  }
  const layout = findLayout(await listFiles(directory), variant);
  if (!layout.ok) return broken(id, layout.error);
  const description = await describeFiles(directory, layout.value);
  if (!description.ok) return broken(id, description.error);
  const hashed = await hashFiles(directory, filesOf(layout.value));
  return ok({
    ...description.value,
    reference: { id, revision: hashed.revision },
    visionFile: join(directory, layout.value.vision),
    textFile: join(directory, layout.value.text),
    byteLength: hashed.byteLength,
  });
}

/** From the small files alone, before any graph is there. The error is the end of a sentence about the model. */
export async function describeFiles(
  directory: string,
  layout: ModelLayout,
): Promise<Result<ModelDescription, string>> {
  const config = await readJson(directory, layout.config, ConfigFile);
  if (!config.ok) return config;
  const preprocessor = await readJson(directory, layout.preprocessor, PreprocessorFile);
  if (!preprocessor.ok) return preprocessor;
  const tokenizer = await readJson(directory, layout.tokenizer, TokenizerFile);
  if (!tokenizer.ok) return tokenizer;
  const tokenizerConfig = await readJson(directory, layout.tokenizerConfig, TokenizerConfigFile);
  if (!tokenizerConfig.ok) return tokenizerConfig;
  const files: ModelFiles = {
    layout: layout.kind,
    config: config.value,
    preprocessor: preprocessor.value,
    tokenizerConfig: tokenizerConfig.value,
  };
  const described = describeModel(files);
  return described.ok ? ok({ ...described.value, layout, tokenizer: tokenizer.value }) : described;
}

function describeModel(files: ModelFiles): Result<Omit<ModelDescription, 'layout' | 'tokenizer'>, string> {
  const { config, preprocessor, tokenizerConfig } = files;
  const family = recogniseFamily(files);
  const refusal = family.refusal?.(files);
  if (refusal !== undefined) return err(refusal);
  const preprocessing = preprocessingOf(preprocessor, {
    ...family.normalisation,
    imageSize: imageSizeOf(config),
  });
  if (!preprocessing.ok) return preprocessing;
  const { defaultContext } = family.text;
  const contextLength = contextLengthOf(config, tokenizerConfig, { defaultContext, cap: longestText });
  if (!contextLength.ok) return contextLength;
  return ok({
    family,
    tokenizerConfig,
    preprocessing: preprocessing.value,
    contextLength: contextLength.value,
    scores: family.scores(config),
    meanPooling: /mean/.test(`${config.text_config?.pooler_type} ${config.text_cfg?.hf_pooler_type}`),
    embeddingDimension: config.projection_dim ?? config.embed_dim,
  });
}

function imageSizeOf({ vision_config: vision, vision_cfg: openClip }: ConfigFile): number | undefined {
  const size = vision?.image_size ?? openClip?.image_size;
  return Array.isArray(size) ? size[0] : size;
}

export function broken(id: string, reason: string): Result<never, AppError<'unusable-model'>> {
  return err(appError('unusable-model', `The model ${id} cannot be used: ${reason}.`));
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** Relative paths, as a hub lists them; one folder deep, which is as deep as models go. Rejects where there is no such directory. */
export async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const folders = entries.filter((entry) => !entry.isFile() && /^(?:onnx|visual|textual)$/.test(entry.name));
  const inside = await Promise.all(
    folders.map(async ({ name }) => {
      const names: string[] = await readdir(join(directory, name)).catch(() => []);
      return names.map((file) => `${name}/${file}`);
    }),
  );
  return [...entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name), ...inside.flat()];
}

async function readJson<Schema extends z.ZodType>(
  directory: string,
  name: string,
  schema: Schema,
): Promise<Result<z.infer<Schema>, string>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(directory, name), 'utf8'));
  } catch (error) {
    return err(error instanceof SyntaxError ? `${name} is not JSON` : `${name} is missing`);
  }
  // A tokenizer's nulls are its own: its library tells them from what is absent.
  const parsed = schema.safeParse(name.endsWith('tokenizer.json') ? content : withoutNulls(content));
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return err(`${name} does not fit at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`);
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
