// Reads a folder tree in DomainBed's layout, environment/class/file, into a list of pictures. It opens no picture:
// which of them can be read is found out when they are encoded.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';

export type PictureFile = {
  readonly path: string;
  /** Indices into the tree's environments and classes. */
  readonly environment: number;
  readonly class: number;
};

export type PictureTree = {
  /** Folder names, sorted; two spellings of one name in Unicode are one name. */
  readonly environments: readonly string[];
  /** Of all environments together; those without a single file are left out. */
  readonly classes: readonly string[];
  readonly pictures: readonly PictureFile[];
  /** What a reader of the results should know, a sentence each. */
  readonly warnings: readonly string[];
};

type Found = { readonly environment: string; readonly class: string; readonly path: string };

/** Hidden files are skipped. Errors: `not-found` (no such folder), `invalid-request` (nothing of this layout in it). */
export async function scanFolder(root: string): Promise<Result<PictureTree, AppError>> {
  const top = await listFolder(root);
  if (top === undefined) return err(appError('not-found', `There is no folder ${root}.`));

  const found: Found[] = [];
  const folders: { environment: string; class: string }[] = [];
  let stray = top.files.length;
  for (const environment of top.folders) {
    const classes = await listFolder(join(root, environment));
    stray += classes?.files.length ?? 0;
    for (const name of classes?.folders ?? []) {
      const directory = join(root, environment, name);
      const files = (await listFolder(directory))?.files ?? [];
      folders.push({ environment: normalise(environment), class: normalise(name) });
      for (const file of files) {
        found.push({
          environment: normalise(environment),
          class: normalise(name),
          path: join(directory, file),
        });
      }
    }
  }
  if (found.length === 0) {
    const layout = 'expected environment/class/file, e.g. photo/dog/1.jpg';
    return err(appError('invalid-request', `There are no pictures in ${root}: ${layout}.`));
  }
  return ok(makeTree(found, folders, stray));
}

function makeTree(
  found: readonly Found[],
  folders: readonly { environment: string; class: string }[],
  stray: number,
): PictureTree {
  const environments = unique(found.map(({ environment }) => environment));
  const classes = unique(found.map((picture) => picture.class));
  const warnings: string[] = [];
  if (stray > 0) warnings.push(`${stray} files lie outside environment/class folders and are left out.`);
  for (const name of unique(folders.map(({ environment }) => environment))) {
    if (!environments.includes(name)) warnings.push(`Environment ${name} holds no files and is left out.`);
  }
  for (const name of unique(folders.map((folder) => folder.class))) {
    if (!classes.includes(name)) warnings.push(`Class ${name} is empty everywhere and is left out.`);
  }
  const present = new Set(found.map((picture) => `${picture.environment}/${picture.class}`));
  for (const name of environments) {
    const missing = classes.filter((candidate) => !present.has(`${name}/${candidate}`));
    if (missing.length > 0) warnings.push(`Environment ${name} has no pictures of ${quoteSome(missing)}.`);
  }
  return {
    environments,
    classes,
    pictures: found.map((picture) => ({
      path: picture.path,
      environment: environments.indexOf(picture.environment),
      class: classes.indexOf(picture.class),
    })),
    warnings,
  };
}

async function listFolder(path: string): Promise<{ folders: string[]; files: string[] } | undefined> {
  const names = await readdir(path).catch(() => undefined);
  if (names === undefined) return undefined;
  const folders: string[] = [];
  const files: string[] = [];
  for (const name of names.filter((candidate) => !candidate.startsWith('.')).toSorted()) {
    // Follows links; one that leads nowhere is listed as a file, so that it is reported as unreadable.
    const entry = await stat(join(path, name)).catch(() => undefined);
    (entry?.isDirectory() ? folders : files).push(name);
  }
  return { folders, files };
}

/** File systems differ in how they compose accents; labels and comparisons must not. */
function normalise(name: string): string {
  return name.normalize('NFC');
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}

function quoteSome(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more classes` : shown;
}
