// Puts a finished model where workers look for it, in one rename, so that no half model is ever seen there.

import { link, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '#shared/result.ts';
import { fileSize } from './digest-file.ts';
import { variants } from './layout.ts';
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

/**
 * Takes over the other variants of an installed model into the staged one, as hard links, and into its manifest. Variants of
 * another commit do not belong together: then the staged model is all there will be.
 */
export async function keepOtherVariants(
  staging: string,
  directory: string,
  installed: Manifest | undefined,
  staged: Manifest,
): Promise<Manifest> {
  if (installed?.commit === undefined || installed.commit !== staged.commit) return staged;
  const replaced = new Set(staged.files.map(({ path }) => path));
  const kept = installed.files.filter(({ path }) => !replaced.has(path));
  for (const { path } of kept) {
    await rm(join(staging, path), { force: true });
    await link(join(directory, path), join(staging, path));
  }
  return {
    ...staged,
    variants: variants.filter((name) => [...staged.variants, ...installed.variants].includes(name)),
    files: [...staged.files, ...kept],
  };
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
