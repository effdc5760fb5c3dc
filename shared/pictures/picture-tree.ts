// The one rule by which a path says what a picture is of, and where: on disk, in an archive, dropped on the console.
//
//   environment/class/file    as in DomainBed
//   environment/file          without a class
//   class/file                where the caller says that its folders are classes (`--layout class`)
//
// Names are in Unicode's NFC, whatever the file system composes. What desktops and version control leave behind is hidden.

import { maxFilename } from '../contracts/limits.ts';
import { defaultEnvironment } from '../contracts/names.ts';
import { pictureTypes } from '../contracts/picture-types.ts';

/** What a folder at the top of a tree names. */
export type Layout = 'environment' | 'class';
export const layouts = ['environment', 'class'] as const satisfies readonly Layout[];

export type Place = {
  readonly environment: string;
  readonly class: string | undefined;
  readonly filename: string;
};

export type Placed =
  | { readonly kind: 'placed'; readonly place: Place }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'misplaced'; readonly reason: string };

/** `path` has `/` between its parts and begins below the tree's root. */
export function placeInTree(path: string, layout: Layout = 'environment'): Placed {
  const parts = path
    .normalize('NFC')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return misplaced('The path leads out of the tree.');
  if (parts.some(isHidden)) return { kind: 'hidden' };
  const filename = parts.at(-1) ?? '';
  const folders = parts.slice(0, -1);
  if (filename.length > maxFilename) {
    return misplaced(`The file's name has more than ${maxFilename} characters.`);
  }
  const place = layout === 'class' ? inClasses(folders) : inEnvironments(folders);
  if (place !== undefined) return { kind: 'placed', place: { ...place, filename } };
  return misplaced(`The path is not ${layout === 'class' ? 'class/file' : 'environment/class/file'}.`);
}

function inEnvironments(folders: readonly string[]): Omit<Place, 'filename'> | undefined {
  const [environment, label] = folders;
  return environment === undefined || folders.length > 2 ? undefined : { environment, class: label };
}

function inClasses(folders: readonly string[]): Omit<Place, 'filename'> | undefined {
  const [label] = folders;
  return label === undefined || folders.length > 1
    ? undefined
    : { environment: defaultEnvironment, class: label };
}

/** A file or folder that nobody means to upload. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name === 'Thumbs.db' || name === '__MACOSX';
}

const extensions: ReadonlySet<string> = new Set(
  Object.values(pictureTypes).flatMap((type) => type.extensions),
);

/** Whether a file may be a picture by its name: one of the accepted extensions, or none. What it is, its bytes tell. */
export function hasPictureName(filename: string): boolean {
  const dot = filename.lastIndexOf('.');
  return dot <= 0 || extensions.has(filename.slice(dot + 1).toLowerCase());
}

export const notNamedAsPicture = 'Its name is not that of a picture.';

function misplaced(reason: string): Placed {
  return { kind: 'misplaced', reason };
}
