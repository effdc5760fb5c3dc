// Finds the pictures of a tree on disk, by the rule of shared/pictures/picture-tree.ts. Goes by names and opens nothing; whatever
// it does not take it lists, but for hidden files, which it counts.

import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  hasPictureName,
  isHidden,
  type Layout,
  notNamedAsPicture,
  type Place,
  placeInTree,
} from '#shared/pictures/picture-tree.ts';

export type TreePicture = Place & { readonly file: string };

export type LeftOut = { readonly path: string; readonly reason: string };

export type DiskTree = {
  /** In the order of their paths. */
  readonly pictures: readonly TreePicture[];
  /** Every folder below the root, as a path with `/`. */
  readonly folders: readonly string[];
  readonly leftOut: readonly LeftOut[];
  /** Hidden files and folders. */
  readonly hidden: number;
};

/** That a picture may lie in, whatever the layout. */
const maxFolders = 2;

/** Links are followed inside the root. `undefined` where the root is no folder. */
export async function readTree(root: string, layout: Layout = 'environment'): Promise<DiskTree | undefined> {
  const realRoot = await realpath(root).catch(() => undefined);
  const isFolder = realRoot !== undefined && (await stat(realRoot)).isDirectory();
  if (!isFolder) return undefined;
  const walk = new Walk(root, realRoot, layout);
  await walk.enter('', [realRoot]);
  return walk.found();
}

class Walk {
  readonly #pictures: TreePicture[] = [];
  readonly #folders: string[] = [];
  readonly #leftOut: LeftOut[] = [];
  readonly #root: string;
  readonly #realRoot: string;
  readonly #layout: Layout;
  #hidden = 0;

  constructor(root: string, realRoot: string, layout: Layout) {
    this.#root = root;
    this.#realRoot = realRoot;
    this.#layout = layout;
  }

  /** `above`: the real paths of the folders that this one lies in, itself among them. */
  async enter(folder: string, above: readonly string[]): Promise<void> {
    let entries: Dirent[];
    try {
      entries = await readdir(path.join(this.#root, folder), { withFileTypes: true });
    } catch {
      this.#leave(folder, 'The folder cannot be read.');
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isHidden(entry.name)) this.#hidden += 1;
      else await this.#take(relative, entry, above);
    }
  }

  found(): DiskTree {
    return {
      pictures: this.#pictures,
      folders: this.#folders,
      leftOut: this.#leftOut,
      hidden: this.#hidden,
    };
  }

  async #take(relative: string, entry: Dirent, above: readonly string[]): Promise<void> {
    const real = entry.isSymbolicLink() ? await this.#follow(relative) : this.#pathOf(entry, above);
    if (real === undefined) return;
    const kind = entry.isSymbolicLink() ? await stat(real) : entry;
    if (kind.isFile()) this.#place(relative);
    else if (!kind.isDirectory()) this.#leave(relative, 'It is neither a file nor a folder.');
    else if (above.includes(real)) this.#leave(relative, 'The link leads back to a folder that it lies in.');
    // Nothing down there can be taken, and links among many folders have more paths than anyone waits for.
    else if (entry.isSymbolicLink() && relative.split('/').length > maxFolders) {
      this.#leave(relative, 'The link lies too deep.');
    } else {
      this.#folders.push(relative);
      await this.enter(relative, [...above, real]);
    }
  }

  #pathOf(entry: Dirent, above: readonly string[]): string {
    return path.join(above.at(-1) ?? this.#realRoot, entry.name);
  }

  /** Where a link leads, unless nowhere or out of the root. */
  async #follow(relative: string): Promise<string | undefined> {
    const real = await realpath(path.join(this.#root, relative)).catch(() => undefined);
    if (real === undefined) this.#leave(relative, 'The link leads nowhere.');
    else if (real !== this.#realRoot && !real.startsWith(this.#realRoot + path.sep)) {
      this.#leave(relative, 'The link leads out of the folder.');
    } else return real;
    return undefined;
  }

  #place(relative: string): void {
    const placed = placeInTree(relative, this.#layout);
    if (placed.kind === 'misplaced') this.#leave(relative, placed.reason);
    else if (placed.kind === 'placed' && !hasPictureName(placed.place.filename)) {
      this.#leave(relative, notNamedAsPicture);
    } else if (placed.kind === 'placed') {
      this.#pictures.push({ ...placed.place, file: path.join(this.#root, relative) });
    }
  }

  #leave(relative: string, reason: string): void {
    this.#leftOut.push({ path: relative, reason });
  }
}
