// Picture files named on the command line: files as they are, folders with all pictures below them. Tells by names only.

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { hasPictureName, isHidden } from '#shared/pictures/picture-tree.ts';

/** Each file once, a folder's in the order of their paths. Throws for what is not there, and where nothing is found. */
export async function listPictures(places: readonly string[]): Promise<string[]> {
  const found = await Promise.all(places.map(listPlace));
  const files = [...new Set(found.flat())];
  if (files.length === 0) throw new Error(`No pictures in ${places.join(', ')}.`);
  return files;
}

async function listPlace(place: string): Promise<string[]> {
  const entry = await stat(place).catch(() => undefined);
  if (entry === undefined) throw new Error(`${place} is not there.`);
  if (!entry.isDirectory()) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries
    .filter((file) => file.isFile() && hasPictureName(file.name))
    .map((file) => path.join(file.parentPath, file.name))
    .filter((file) => !path.relative(place, file).split(path.sep).some(isHidden))
    .sort();
}
