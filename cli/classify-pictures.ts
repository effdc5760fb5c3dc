// Which pictures `clip-icm classify` is asked about: files as they are named, of a directory the pictures in it, with their
// class where the directory is a tree. Opens nothing.

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { hasPictureName, isHidden } from '#shared/pictures/picture-tree.ts';
import { readTree } from './read-tree.ts';

export type AskedPicture = {
  readonly file: string;
  /** Of a tree. */
  readonly environment?: string;
  readonly class?: string | undefined;
};

/** In the order given; of a directory in the order of the paths. Throws where a directory holds no picture. */
export async function findAskedPictures(names: readonly string[]): Promise<AskedPicture[]> {
  const found = await Promise.all(
    names.map(async (name) => ((await stat(name)).isDirectory() ? ofDirectory(name) : [{ file: name }])),
  );
  return found.flat();
}

/** A flat folder of pictures, or a tree of environment/class/file. What a tree holds besides is told on stderr. */
async function ofDirectory(directory: string): Promise<AskedPicture[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const flat = entries.filter(({ name }) => hasPictureName(name) && !isHidden(name));
  const files = flat.filter((entry) => entry.isFile());
  if (files.length > 0) return files.map(({ name }) => ({ file: path.join(directory, name) })).sort(byFile);
  const { pictures = [], leftOut = [] } = (await readTree(directory)) ?? {};
  for (const { path: name, reason } of leftOut) process.stderr.write(`left out ${name}: ${reason}\n`);
  if (pictures.length === 0) throw new Error(`${directory} holds no pictures, neither flat nor as a tree.`);
  return pictures.map(({ file, environment, class: own }) => ({ file, environment, class: own }));
}

function byFile(a: AskedPicture, b: AskedPicture): number {
  return a.file < b.file ? -1 : 1;
}
