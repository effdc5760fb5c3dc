// A folder tree as an evaluation needs it: every picture with an environment and a class. Opens no picture: which of them can be
// read is found out when they are encoded.

import { relative } from 'node:path';
import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type LeftOut, readTree } from '../read-tree.ts';

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

export async function scanFolder(
  root: string,
): Promise<Result<PictureTree, AppError<'not-found' | 'invalid-request'>>> {
  const tree = await readTree(root);
  if (tree === undefined) return err(appError('not-found', `There is no folder ${root}.`));
  const found = tree.pictures.flatMap(({ environment, class: label, file }): Found[] =>
    label === undefined ? [] : [{ environment, class: label, path: file }],
  );
  if (found.length === 0) {
    const layout = 'expected environment/class/file, e.g. photo/dog/1.jpg';
    return err(appError('invalid-request', `There are no pictures in ${root}: ${layout}.`));
  }
  const unlabelled = tree.pictures.flatMap(({ class: label, file }) =>
    label === undefined ? [{ path: relative(root, file), reason: 'It lies in no class folder.' }] : [],
  );
  return ok(makeTree(found, tree.folders, [...unlabelled, ...tree.leftOut]));
}

function makeTree(
  found: readonly Found[],
  folders: readonly string[],
  leftOut: readonly LeftOut[],
): PictureTree {
  const environments = unique(found.map(({ environment }) => environment));
  const classes = unique(found.map((picture) => picture.class));
  const warnings: string[] = [];
  if (leftOut.length > 0) warnings.push(describeLeftOut(leftOut));
  const named = folders.map((folder) => folder.normalize('NFC').split('/'));
  for (const name of unique(
    named.flatMap(([environment, ...deeper]) => (deeper.length > 0 ? (environment ?? '') : [])),
  )) {
    if (!environments.includes(name)) warnings.push(`Environment ${name} holds no files and is left out.`);
  }
  for (const name of unique(named.flatMap(([, label]) => label ?? []))) {
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

function describeLeftOut(leftOut: readonly LeftOut[]): string {
  const shown = leftOut.slice(0, 3).map(({ path, reason }) => `${path}: ${reason}`);
  const files = leftOut.length === 1 ? '1 file is' : `${leftOut.length} files are`;
  return `${files} left out. ${shown.join(' ')}`;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}

function quoteSome(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more classes` : shown;
}
