// Brings a model from a hub into a models directory: find its files, download, check each hash, install.

import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '#shared/result.ts';
import { describeFiles } from '../../gpu-worker/clip/model-directory.ts';
import { smallFilesOf } from '../../gpu-worker/clip/model-layout.ts';
import { digestFile, type FileDigest, fileSize } from './digest-file.ts';
import { download } from './download.ts';
import { describeModel, type Hub, type RemoteFile, type RemoteModel } from './hub.ts';
import { install, keepOtherVariants, readInstalled } from './install.ts';
import { modelDirectory, stagingDirectory, type Variant } from './layout.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import { diskError, type ModelsError, modelsError } from './models-error.ts';
import { verifyDirectory } from './verify.ts';

export type PullProgress = {
  /** The file under way. */
  readonly file: string;
  /** Bytes of the whole model now on disk, and of the whole model. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
};

export type PullRequest = {
  readonly name: string;
  readonly revision: string;
  readonly variant: Variant;
  /** The models directory. */
  readonly root: string;
  readonly now: () => Date;
  readonly onProgress: (progress: PullProgress) => void;
};

export type Pulled = {
  readonly directory: string;
  readonly manifest: Manifest;
  /** The same commit and variant was there already, whole. */
  readonly unchanged: boolean;
};

/**
 * Safe to interrupt and to repeat: files and parts of files already here are not fetched again, and nothing is installed
 * until every file has the hash that the hub lists for it. Two pulls of one model at once would spoil each other's partial
 * files; the hashes then refuse the result.
 */
export async function pullModel(hub: Hub, request: PullRequest): Promise<Result<Pulled, ModelsError>> {
  try {
    return await pull(hub, request);
  } catch (error) {
    const disk = diskError(error);
    if (disk === undefined) throw error;
    return err(disk);
  }
}

async function pull(hub: Hub, request: PullRequest): Promise<Result<Pulled, ModelsError>> {
  const directory = modelDirectory(request.root, request.name);
  if (!directory.ok) return directory;
  const installed = await readInstalled(directory.value);
  if (!installed.ok) return installed;
  const remote = await describeModel(hub, request);
  if (!remote.ok) return remote;
  const { commit } = remote.value;
  if (installed.value?.commit === commit && installed.value.variants.includes(request.variant)) {
    const report = await verifyDirectory(directory.value, installed.value);
    if (report.whole) {
      return ok({ directory: directory.value, manifest: installed.value, unchanged: true });
    }
  }
  const staging = stagingDirectory(request.root, request.name, commit, request.variant);
  const files = await fetchFiles(hub, remote.value, staging, request);
  if (!files.ok) return files;
  const staged: Manifest = {
    format: 'model/1',
    id: request.name,
    commit,
    variants: [request.variant],
    ...(remote.value.license === undefined ? {} : { license: remote.value.license }),
    source: hub.endpoint,
    installedAt: request.now().toISOString(),
    files: files.value,
  };
  const manifest = await keepOtherVariants(staging, directory.value, installed.value, staged);
  await install(staging, directory.value, manifest);
  return ok({ directory: directory.value, manifest, unchanged: false });
}

async function fetchFiles(
  hub: Hub,
  remote: RemoteModel,
  staging: string,
  { name, onProgress }: Pick<PullRequest, 'name' | 'onProgress'>,
): Promise<Result<ManifestFile[], ModelsError>> {
  const totalBytes = remote.files.reduce((total, { size }) => total + size, 0);
  const files: ManifestFile[] = [];
  const small = new Set(smallFilesOf(remote.layout));
  // What the small files say may spare the rest.
  const inOrder = [...remote.files].sort((a, b) => Number(small.has(b.path)) - Number(small.has(a.path)));
  let before = 0;
  for (const [index, file] of inOrder.entries()) {
    if (index === small.size) {
      const described = await describeFiles(staging, remote.layout);
      if (!described.ok) {
        return err(modelsError('not-a-model', `${name} cannot be used: ${described.error}.`));
      }
    }
    const path = join(staging, file.path);
    await mkdir(dirname(path), { recursive: true });
    const report = (received: number) =>
      onProgress({ file: file.path, receivedBytes: before + received, totalBytes });
    const digest = await fetchChecked(hub, file, path, report);
    if (!digest.ok) return digest;
    files.push({ path: file.path, size: digest.value.size, sha256: digest.value.sha256 });
    before += file.size;
    report(0);
  }
  return ok(files);
}

/** One file, whole and of the right hash. A download that turns out damaged is thrown away and made once more. */
async function fetchChecked(
  hub: Hub,
  file: RemoteFile,
  path: string,
  onBytes: (received: number) => void,
): Promise<Result<FileDigest, ModelsError>> {
  if ((await fileSize(path)) === file.size) {
    const digest = await digestFile(path);
    if (matches(file, digest)) return ok(digest);
  }
  const partial = `${path}.part`;
  for (let attempt = 0; attempt < 2; attempt++) {
    const downloaded = await download(hub, { url: file.url, path: partial, size: file.size, onBytes });
    if (!downloaded.ok) return downloaded;
    const digest = await digestFile(partial);
    if (matches(file, digest)) {
      await rename(partial, path);
      return ok(digest);
    }
    await rm(partial);
  }
  const detail = `${file.url} twice gave other bytes than the hub's hash promises.`;
  return err(modelsError('damaged', detail));
}

function matches(file: RemoteFile, digest: FileDigest): boolean {
  return 'sha256' in file.expected
    ? file.expected.sha256 === digest.sha256
    : file.expected.gitBlob === digest.gitBlob;
}
