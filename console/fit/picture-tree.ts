// From dropped or chosen files to pictures with an environment and a class, by the rule of shared/pictures/picture-tree.ts.

import {
  hasPictureName,
  type Layout,
  notNamedAsPicture,
  type Place,
  placeInTree,
} from '#shared/pictures/picture-tree.ts';

export type TreeFile = Place & { readonly file: File };

export type PictureTree = {
  readonly files: readonly TreeFile[];
  /** What is not taken, but for hidden files. */
  readonly left: readonly { readonly path: string; readonly reason: string }[];
  readonly hidden: number;
};

export type LooseFile = { readonly path: string; readonly file: File };

/** `environment/class/file`, or `class/file` where the folders are classes, whatever folders lie above. */
export function arrangeFiles(files: readonly LooseFile[], layout: Layout = 'environment'): PictureTree {
  const parted = files.map(({ path, file }) => ({ parts: path.split('/').filter(Boolean), path, file }));
  const placed = parted.map(({ parts }) => placeInTree(parts.join('/'), layout));
  const visible = parted.filter((_, index) => placed[index]?.kind !== 'hidden');
  const above = sharedFolders(
    visible.map(({ parts }) => parts),
    layout === 'class' ? 2 : 3,
  );
  const arranged: TreeFile[] = [];
  const left: { path: string; reason: string }[] = [];
  for (const { parts, path, file } of visible) {
    const place = placeInTree(parts.slice(above).join('/'), layout);
    if (place.kind === 'misplaced') left.push({ path, reason: place.reason });
    else if (!hasPictureName(file.name)) left.push({ path, reason: notNamedAsPicture });
    else if (place.kind === 'placed') arranged.push({ ...place.place, file });
  }
  return { files: arranged, left, hidden: files.length - visible.length };
}

/** How many leading folders all paths share, as far as `parts` still fit below. */
function sharedFolders(paths: readonly (readonly string[])[], parts: number): number {
  const [first] = paths;
  if (first === undefined) return 0;
  const deepest = Math.max(...paths.map((path) => path.length));
  let shared = 0;
  while (
    deepest - shared > parts &&
    paths.every((path) => path.length > shared + 1 && path[shared] === first[shared])
  ) {
    shared += 1;
  }
  return shared;
}

/** Files chosen with a folder picker. */
export function filesOfInput(files: readonly File[]): LooseFile[] {
  return files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Files of a drop, folders walked. Must be called in the drop event itself: the browser empties the list after it. */
export async function filesOfDrop(data: DataTransfer): Promise<LooseFile[]> {
  const read = [...data.items].map((item) => {
    const entry = item.webkitGetAsEntry();
    if (entry !== null) return filesOfEntry(entry);
    // What comes from another page, or from no disk, is a file without a place in a folder.
    const file = item.getAsFile();
    return file === null ? [] : [{ path: file.name, file }];
  });
  return (await Promise.all(read)).flat();
}

async function filesOfEntry(entry: FileSystemEntry): Promise<LooseFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ''), file }];
  }
  if (!isDirectory(entry)) return [];
  const reader = entry.createReader();
  const children: FileSystemEntry[] = [];
  // A reader hands out about a hundred entries at a time, and none when it is done.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(filesOfEntry))).flat();
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

export type CountTable = {
  readonly environments: readonly string[];
  readonly classes: readonly string[];
  /** Pictures of a class in an environment; [environment][class]. */
  readonly counts: readonly (readonly number[])[];
  /** Of an environment, those without a class among them. */
  readonly totals: readonly number[];
};

export function countFiles(files: readonly Pick<TreeFile, 'environment' | 'class'>[]): CountTable {
  const environments = [...new Set(files.map(({ environment }) => environment))].sort();
  const classes = [...new Set(files.flatMap((file) => file.class ?? []))].sort();
  const own = environments.map((name) => files.filter(({ environment }) => environment === name));
  const counts = own.map((some) => classes.map((name) => some.filter((file) => file.class === name).length));
  return { environments, classes, counts, totals: own.map((some) => some.length) };
}
