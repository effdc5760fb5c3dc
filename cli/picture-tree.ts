// Finds the pictures of a DomainBed tree on disk (`environment/class/file`). Tells by names only; decodes nothing.
// Classes are read as words: CLIP's text encoder is to see "polar bear", where a folder is called polar_bear.

import { readdir } from 'node:fs/promises';
import path from 'node:path';

export type PictureFile = {
  readonly environment: string;
  readonly class: string;
  readonly filename: string;
  readonly file: string;
};

const pictureName = /^[^.].*\.(png|jpe?g|webp|gif|avif|tiff?)$/i;

/** In the order of their paths. Throws where the directory holds no such tree. */
export async function listPictureTree(directory: string): Promise<PictureFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const pictures = entries.flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const [environment, className, filename, ...deeper] = path.relative(directory, file).split(path.sep);
    if (!entry.isFile() || !pictureName.test(entry.name) || deeper.length > 0) return [];
    if (environment === undefined || className === undefined || filename === undefined) return [];
    return [{ environment, class: className.replaceAll('_', ' '), filename, file }];
  });
  if (pictures.length === 0) throw new Error(`${directory} holds no pictures as environment/class/file.`);
  return pictures.sort((a, b) => (a.file < b.file ? -1 : 1));
}
