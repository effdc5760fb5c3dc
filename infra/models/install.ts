// Puts a finished model where workers look for it, in one rename, so that no half model is ever seen there.

import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { err, ok, type Result } from '#shared/result.ts';
import { fileSize } from './digest-file.ts';
import { type Manifest, readManifest, writeManifest } from './manifest.ts';
import { type ModelsError, modelsError } from './models-error.ts';

/**
 * What is installed in a directory, if anything. A directory that this program did not fill (the embedded model, someone's
 * own export) is an error: it is not ours to replace.
 */
export async function readInstalled(directory: string): Promise<Result<Manifest | undefined, ModelsError>> {
  const manifest = await readManifest(directory);
  if (!manifest.ok || manifest.value !== undefined) return manifest;
  if ((await fileSize(directory)) === undefined) return ok(undefined);
  const detail = `${directory} is there and was not put there by "models pull"; move it away first.`;
  return err(modelsError('in-the-way', detail));
}

/** Writes the manifest into the staged files and moves them into place, over an earlier version if there is one. */
export async function install(staging: string, directory: string, manifest: Manifest): Promise<void> {
  await writeManifest(staging, manifest);
  await mkdir(dirname(directory), { recursive: true });
  const replaced = `${staging}.replaced`;
  await rm(replaced, { recursive: true, force: true });
  // A directory cannot be renamed over a full one: between the two renames the model is absent, never half there.
  await rename(directory, replaced).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(staging, directory);
  await rm(replaced, { recursive: true, force: true });
}
