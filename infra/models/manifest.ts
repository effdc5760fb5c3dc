// The record beside a model's files: where they came from and what they were. Written once, when a model is installed.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelName, Sha256, Timestamp } from '#shared/contracts/common.ts';
import { parseJson } from '#shared/parse-json.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { variants } from './layout.ts';
import { type ModelsError, modelsError } from './models-error.ts';

const manifestName = 'manifest.json';

/** Relative, forward slashes, no `.` or `..` segment: a manifest is a file on disk that anyone may have changed. */
const RelativePath = z.string().regex(/^(?!\.)[\w.-]+(?:\/(?!\.)[\w.-]+)*$/);

export const ManifestFile = z.object({
  path: RelativePath,
  size: z.int().min(0),
  sha256: Sha256,
});
export type ManifestFile = z.infer<typeof ManifestFile>;

export const Manifest = z.object({
  format: z.literal('model/1'),
  id: ModelName,
  /** The repository's commit; absent for a model copied from a directory that did not say. */
  commit: z.string().max(200).optional(),
  /** All that are here; they share config and tokenizer. */
  variants: z.array(z.enum(variants)).min(1),
  /** As the hub's page says, e.g. `mit`. */
  license: z.string().max(200).optional(),
  /** Where the files came from: the hub's address, or `directory`. */
  source: z.string(),
  installedAt: Timestamp,
  files: z.array(ManifestFile).min(1),
});
export type Manifest = z.infer<typeof Manifest>;

/** `undefined` where the directory has none; an error where it has one that does not parse. */
export async function readManifest(directory: string): Promise<Result<Manifest | undefined, ModelsError>> {
  const path = join(directory, manifestName);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return ok(undefined);
  const manifest = Manifest.safeParse(parseJson(text));
  if (!manifest.success) return err(modelsError('damaged', `${path} is not a manifest of this program.`));
  return ok(manifest.data);
}

export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  await writeFile(join(directory, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
