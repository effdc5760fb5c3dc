// Compares an installed model with its manifest. Changes nothing.

import { join } from 'node:path';
import { err, ok, type Result } from '#shared/result.ts';
import { digestFile, fileSize } from './digest-file.ts';
import { modelDirectory } from './layout.ts';
import { type Manifest, type ManifestFile, readManifest } from './manifest.ts';
import { type ModelsError, modelsError } from './models-error.ts';

export type FileState = 'whole' | 'missing' | 'changed';

export type VerifyReport = {
  readonly files: readonly { readonly path: string; readonly state: FileState }[];
  /** Every file is there with the size and SHA-256 recorded. */
  readonly whole: boolean;
};

/** Reads every byte of the model. */
export async function verifyModel(root: string, name: string): Promise<Result<VerifyReport, ModelsError>> {
  const directory = modelDirectory(root, name);
  if (!directory.ok) return directory;
  const manifest = await readManifest(directory.value);
  if (!manifest.ok) return manifest;
  if (manifest.value === undefined) {
    return err(modelsError('not-found', `${directory.value} holds no model that was pulled.`));
  }
  return ok(await verifyDirectory(directory.value, manifest.value));
}

export async function verifyDirectory(directory: string, manifest: Manifest): Promise<VerifyReport> {
  const files: { path: string; state: FileState }[] = [];
  for (const file of manifest.files) {
    files.push({ path: file.path, state: await stateOf(join(directory, file.path), file) });
  }
  return { files, whole: files.every(({ state }) => state === 'whole') };
}

async function stateOf(path: string, recorded: ManifestFile): Promise<FileState> {
  const size = await fileSize(path);
  if (size === undefined) return 'missing';
  if (size !== recorded.size) return 'changed';
  const { sha256 } = await digestFile(path);
  return sha256 === recorded.sha256 ? 'whole' : 'changed';
}
