// The tree as far as its pictures could be read, and whether an evaluation can be made of it.

import { type AppError, appError } from '#shared/app-error.ts';
import type { Head } from '#shared/contracts/fit.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EncodedPicture } from './encode-tree.ts';
import type { Protocol } from './protocol.ts';
import type { PictureTree } from './scan-folder.ts';

export type ReadableTree = {
  readonly environments: readonly string[];
  readonly classes: readonly string[];
  /** Their environments and classes are indices into the lists above. */
  readonly pictures: readonly EncodedPicture[];
  readonly warnings: readonly string[];
};

/** Environments and classes that are left without a picture go. */
export function keepReadable(tree: PictureTree, pictures: readonly EncodedPicture[]): ReadableTree {
  const left = (names: readonly string[], of: (picture: EncodedPicture) => number) => {
    const seen = new Set(pictures.map(of));
    return names.filter((_, index) => seen.has(index));
  };
  const environments = left(tree.environments, ({ file }) => file.environment);
  const classes = left(tree.classes, ({ file }) => file.class);
  const gone = [...tree.environments.filter((name) => !environments.includes(name))].map(
    (name) => `No picture of environment ${name} could be read; it is left out.`,
  );
  return {
    environments,
    classes,
    pictures: pictures.map((picture) => ({
      ...picture,
      file: {
        ...picture.file,
        environment: environments.indexOf(tree.environments[picture.file.environment] ?? ''),
        class: classes.indexOf(tree.classes[picture.file.class] ?? ''),
      },
    })),
    warnings: gone,
  };
}

/** As much of the options of an evaluation as its pictures may not allow. */
type Plan = {
  readonly directory: string;
  readonly targets?: readonly string[];
  readonly heads: readonly Head[];
  readonly protocol: Protocol;
};

/** The targets as indices; the error says what to do about it. */
export function checkPlan(
  { environments, classes }: ReadableTree,
  { targets, protocol, heads, directory }: Plan,
): Result<number[], AppError<'invalid-request'>> {
  const refuse = (detail: string) => err(appError('invalid-request', detail));
  if (environments.length === 0) return refuse(`None of the pictures in ${directory} could be read.`);
  if (environments.length === 1) {
    return refuse(
      `There is one environment (${environments[0]}); an evaluation leaves one out, so it needs at least two.`,
    );
  }
  if (classes.length === 1) {
    return refuse(`There is one class (${classes[0]}); telling classes apart needs at least two.`);
  }
  if (protocol === 'open-class' && classes.length < 4) {
    return refuse('The open-class protocol halves the classes and needs at least four.');
  }
  if (protocol === 'open-class' && heads.some((head) => head !== 'zero-shot')) {
    return refuse('A probe knows no class it was not trained on: run open-class with --heads zero-shot.');
  }
  const unknown = targets?.find((name) => !environments.includes(name.normalize('NFC')));
  if (unknown !== undefined) {
    return refuse(`There is no environment ${unknown}; there are ${environments.join(', ')}.`);
  }
  const all = [...environments.keys()];
  if (targets === undefined) return ok(all);
  return ok(all.filter((index) => targets.some((name) => name.normalize('NFC') === environments[index])));
}
