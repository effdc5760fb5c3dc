// Lists the models in a models directory, pulled or put there by hand. Reads no weights.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { listFiles } from '../../gpu-worker/clip/model-directory.ts';
import { filesOf, findLayout } from '../../gpu-worker/clip/model-layout.ts';
import { fileSize } from './digest-file.ts';
import { modelDirectory, type Variant } from './layout.ts';
import { readManifest } from './manifest.ts';

export type InstalledModel = {
  readonly id: string;
  /** The repository's commit; absent for a model that was not pulled. */
  readonly commit?: string;
  /** Absent for a model that was not pulled. */
  readonly variants?: readonly Variant[];
  /** Of the files that a worker reads. */
  readonly bytes: number;
  /** Length of an embedding; absent where config.json does not say. */
  readonly dimension?: number;
};

/** In the order of their names; empty where there is no such directory. */
export async function listInstalled(root: string): Promise<InstalledModel[]> {
  const models: InstalledModel[] = [];
  for (const name of await candidateNames(root)) {
    const directory = modelDirectory(root, name);
    if (directory.ok && (await fileSize(join(directory.value, 'config.json'))) !== undefined) {
      models.push(await describe(name, directory.value));
    }
  }
  return models;
}

async function describe(id: string, directory: string): Promise<InstalledModel> {
  const manifest = await readManifest(directory);
  const pulled = manifest.ok ? manifest.value : undefined;
  const paths = pulled?.files.map(({ path }) => path) ?? (await readPaths(directory));
  const sizes = await Promise.all(paths.map((path) => fileSize(join(directory, path))));
  const dimension = await readDimension(join(directory, 'config.json'));
  return {
    id,
    ...(pulled?.commit === undefined ? {} : { commit: pulled.commit }),
    ...(pulled === undefined ? {} : { variants: pulled.variants }),
    bytes: sizes.reduce<number>((total, size) => total + (size ?? 0), 0),
    ...(dimension === undefined ? {} : { dimension }),
  };
}

async function readPaths(directory: string): Promise<string[]> {
  const present = await listFiles(directory);
  const layout = findLayout(present, 'default');
  return layout.ok ? filesOf(layout.value) : present;
}

/** `name` and `owner/name`; hidden directories hold unfinished downloads. */
async function candidateNames(root: string): Promise<string[]> {
  const names: string[] = [];
  for (const first of await subdirectories(root)) {
    names.push(first);
    for (const second of await subdirectories(join(root, first))) names.push(`${first}/${second}`);
  }
  return names.sort();
}

async function subdirectories(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map(({ name }) => name);
}

const Config = z.object({ projection_dim: z.int().min(1) });

async function readDimension(path: string): Promise<number | undefined> {
  try {
    return Config.parse(JSON.parse(await readFile(path, 'utf8'))).projection_dim;
  } catch {
    return undefined;
  }
}
