// From dropped or chosen files to pictures with an environment and a class, by the folders they lie in.

export type TreeFile = {
  readonly environment: string;
  readonly class: string;
  readonly filename: string;
  readonly file: File;
};

export type PictureTree = {
  readonly files: readonly TreeFile[];
  /** Paths of files that are no picture or lie in no class folder. */
  readonly left: readonly string[];
};

export type LooseFile = { readonly path: string; readonly file: File };

const pictureName = /\.(?:png|jpe?g|webp|gif|avif|bmp|tiff?)$/i;

/**
 * `environment/class/file`, whatever folders lie above. What is deeper than that keeps the folders below the class in
 * its file name; `class/file` alone belongs to the environment `default`.
 */
export function arrangeFiles(files: readonly LooseFile[]): PictureTree {
  const visible = files.filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')));
  const parted = visible.map(({ path, file }) => ({ parts: path.split('/').filter(Boolean), path, file }));
  const above = sharedFolders(parted.map(({ parts }) => parts));
  const arranged: TreeFile[] = [];
  const left: string[] = [];
  for (const { parts, path, file } of parted) {
    const placed = place(parts.slice(above), file);
    if (placed === undefined || !pictureName.test(file.name)) left.push(path);
    else arranged.push(placed);
  }
  return { files: arranged, left };
}

function place(parts: readonly string[], file: File): TreeFile | undefined {
  if (parts.length < 2) return undefined;
  if (parts.length === 2) {
    const [name = '', filename = ''] = parts;
    return { environment: 'default', class: name, filename, file };
  }
  const [environment = '', name = '', ...rest] = parts;
  return { environment, class: name, filename: rest.join('-'), file };
}

/** How many leading folders all paths share, as far as `environment/class/file` still fits below. */
function sharedFolders(paths: readonly (readonly string[])[]): number {
  const [first] = paths;
  if (first === undefined) return 0;
  const deepest = Math.max(...paths.map((path) => path.length));
  let shared = 0;
  while (
    deepest - shared > 3 &&
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
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return (await Promise.all(entries.map(filesOfEntry))).flat();
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
};

export function countFiles(files: readonly Pick<TreeFile, 'environment' | 'class'>[]): CountTable {
  const environments = [...new Set(files.map(({ environment }) => environment))].sort();
  const classes = [...new Set(files.map((file) => file.class))].sort();
  const counts = environments.map((environment) =>
    classes.map(
      (name) => files.filter((file) => file.environment === environment && file.class === name).length,
    ),
  );
  return { environments, classes, counts };
}
