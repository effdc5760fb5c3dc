// What lies in the models directories: names, and what the small files of each say. No weights are read.

import { readdir, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ModelName } from '#shared/contracts/common.ts';
import type { ModelVariant } from '#shared/contracts/model-variants.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { describeFiles, listFiles } from './model-directory.ts';
import { findLayout } from './model-layout.ts';

export type InstalledModel = {
  readonly name: string;
  /** When config.json was written. */
  readonly modifiedMs: number;
  /** The error is the end of a sentence about the model. */
  readonly description: Result<
    { readonly family: string; readonly embeddingDimension: number | undefined },
    string
  >;
};

/**
 * Where a model lies: in the first of the directories (one, or several as in PATH) that has its config.json, else where it would
 * lie in the first.
 */
export async function findModelDirectory(directories: string, name: string): Promise<string> {
  const places = directories.split(delimiter).map((root) => join(root, name));
  for (const place of places) {
    if ((await stat(join(place, 'config.json')).catch(() => undefined)) !== undefined) return place;
  }
  return places[0] ?? name;
}

/** Of all directories, in the order of their names; a directory that is not there has none. */
export async function findModels(directories: string, variant: ModelVariant): Promise<InstalledModel[]> {
  const roots = directories.split(delimiter);
  const names = new Set((await Promise.all(roots.map(candidateNames))).flat());
  const models: InstalledModel[] = [];
  for (const name of [...names].sort()) {
    const directory = await findModelDirectory(directories, name);
    const config = await stat(join(directory, 'config.json')).catch(() => undefined);
    if (config === undefined) continue;
    models.push({ name, modifiedMs: config.mtimeMs, description: await describe(directory, variant) });
  }
  return models;
}

/** Changes when a file of the model does: its names, sizes and times. Empty where there is no such directory. */
export async function fingerprint(directory: string): Promise<string> {
  const paths = await listFiles(directory).catch(() => []);
  const lines = await Promise.all(
    paths.toSorted().map(async (path) => {
      const info = await stat(join(directory, path)).catch(() => undefined);
      return `${path} ${info?.size} ${info?.mtimeMs} ${info?.ino}`;
    }),
  );
  return lines.join('\n');
}

async function describe(directory: string, variant: ModelVariant): Promise<InstalledModel['description']> {
  const layout = findLayout(await listFiles(directory), variant);
  if (!layout.ok) return err(layout.error);
  const described = await describeFiles(directory, layout.value);
  if (!described.ok) return described;
  const { family, embeddingDimension } = described.value;
  return ok({ family: family.name, embeddingDimension });
}

/** `name` and `owner/name`; hidden directories hold unfinished downloads. */
async function candidateNames(root: string): Promise<string[]> {
  const names: string[] = [];
  for (const first of await subdirectories(root)) {
    names.push(first);
    for (const second of await subdirectories(join(root, first))) names.push(`${first}/${second}`);
  }
  return names.filter((name) => ModelName.safeParse(name).success).toSorted();
}

async function subdirectories(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name);
}
