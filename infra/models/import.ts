// Brings a model from a directory (a USB stick, a shared disk, another machine's models) into a models directory, offline.

import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '#shared/result.ts';
import { describeFiles, listFiles } from '../../gpu-worker/clip/model-directory.ts';
import { filesOf, findLayout } from '../../gpu-worker/clip/model-layout.ts';
import { digestFile, fileSize } from './digest-file.ts';
import { install, keepOtherVariants, readInstalled } from './install.ts';
import { modelDirectory, stagingDirectory, type Variant } from './layout.ts';
import { type Manifest, type ManifestFile, readManifest } from './manifest.ts';
import { diskError, type ModelsError, modelsError } from './models-error.ts';
import type { Pulled, PullRequest } from './pull.ts';

export type ImportRequest = Omit<PullRequest, 'revision'> & {
  /** The model's own directory, or one that holds `<owner>/<name>`. */
  readonly from: string;
};

/**
 * Copies the variant's files and records their hashes; where the directory has a manifest, the files must match it.
 * Nothing is installed unless all of them are there.
 */
export async function importModel(request: ImportRequest): Promise<Result<Pulled, ModelsError>> {
  try {
    return await importFiles(request);
  } catch (error) {
    const disk = diskError(error);
    if (disk === undefined) throw error;
    return err(disk);
  }
}

async function importFiles(request: ImportRequest): Promise<Result<Pulled, ModelsError>> {
  const directory = modelDirectory(request.root, request.name);
  if (!directory.ok) return directory;
  const installed = await readInstalled(directory.value);
  if (!installed.ok) return installed;
  const from = await findSource(request.from, request.name);
  const recorded = await readManifest(from);
  if (!recorded.ok) return recorded;
  const wanted = await filesToCopy(from, recorded.value, request.variant);
  if (!wanted.ok) return wanted;
  const staging = stagingDirectory(request.root, request.name, 'directory', request.variant);
  await rm(staging, { recursive: true, force: true });
  const files = await copyFiles(from, staging, wanted.value, request.onProgress);
  const spoilt = recorded.value && differing(recorded.value, files);
  if (spoilt !== undefined) {
    await rm(staging, { recursive: true, force: true });
    return err(modelsError('damaged', `${join(from, spoilt)} is not what its manifest records.`));
  }
  const { commit } = recorded.value ?? {};
  const staged: Manifest = {
    format: 'model/1',
    id: request.name,
    ...(commit === undefined ? {} : { commit }),
    variants: [request.variant],
    ...(recorded.value?.license === undefined ? {} : { license: recorded.value.license }),
    source: 'directory',
    installedAt: request.now().toISOString(),
    files,
  };
  const manifest = await keepOtherVariants(staging, directory.value, installed.value, staged);
  await install(staging, directory.value, manifest);
  return ok({ directory: directory.value, manifest, unchanged: false });
}

type SizedFile = { readonly path: string; readonly size: number };

async function findSource(from: string, name: string): Promise<string> {
  const nested = join(from, ...name.split('/'));
  return (await fileSize(join(nested, 'config.json'))) === undefined ? from : nested;
}

async function filesToCopy(
  from: string,
  recorded: Manifest | undefined,
  variant: Variant,
): Promise<Result<SizedFile[], ModelsError>> {
  const layout = findLayout(await listFiles(from).catch(() => []), variant);
  if (!layout.ok) return err(modelsError('not-a-model', `${from} cannot be used: ${layout.error}.`));
  const described = recorded === undefined ? await describeFiles(from, layout.value) : ok(undefined);
  if (!described.ok) return err(modelsError('not-a-model', `${from} cannot be used: ${described.error}.`));
  const files: SizedFile[] = [];
  for (const path of filesOf(layout.value))
    files.push({ path, size: (await fileSize(join(from, path))) ?? 0 });
  return ok(files);
}

async function copyFiles(
  from: string,
  staging: string,
  wanted: readonly SizedFile[],
  onProgress: PullRequest['onProgress'],
): Promise<ManifestFile[]> {
  const totalBytes = wanted.reduce((total, { size }) => total + size, 0);
  let receivedBytes = 0;
  const files: ManifestFile[] = [];
  for (const { path } of wanted) {
    const target = join(staging, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(from, path), target);
    const { size, sha256 } = await digestFile(target);
    files.push({ path, size, sha256 });
    receivedBytes += size;
    onProgress({ file: path, receivedBytes, totalBytes });
  }
  return files;
}

function differing(recorded: Manifest, files: readonly ManifestFile[]): string | undefined {
  const hashes = new Map(recorded.files.map(({ path, sha256 }) => [path, sha256]));
  return files.find(({ path, sha256 }) => hashes.get(path) !== sha256)?.path;
}
