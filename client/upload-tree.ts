// Sends any number of pictures as tar archives of bounded size, one after another. Reads no files itself.

import type { ArchiveResult } from '#shared/contracts/dataset.ts';
import type { PictureBytes } from './picture.ts';
import { type TarEntry, tarEntrySize, writeTar } from './tar.ts';
import type { CallOptions } from './transport.ts';

export type TreePicture = {
  readonly environment: string;
  /** Left out for a picture without one. */
  readonly class?: string | undefined;
  readonly filename: string;
  readonly data: PictureBytes;
};

export type UploadTreeOptions = CallOptions & {
  /** An archive is sent before it grows beyond this; default 8 MiB. A single larger picture goes alone. */
  readonly maxArchiveBytes?: number;
  /** Called after each archive with the pictures sent so far. */
  readonly onProgress?: (sent: number) => void;
};

/** The sums of all archives' results. After a failure, calling again sends all and stores only what was missing. */
export async function uploadTree(
  send: (archive: Blob) => Promise<ArchiveResult>,
  pictures: Iterable<TreePicture> | AsyncIterable<TreePicture>,
  { maxArchiveBytes = 8 * 1024 * 1024, onProgress, signal }: UploadTreeOptions = {},
): Promise<ArchiveResult> {
  const total: ArchiveResult = { added: 0, unchanged: 0, skipped: [] };
  let sent = 0;
  for await (const entries of inArchives(pictures, maxArchiveBytes)) {
    signal?.throwIfAborted();
    const { added, unchanged, skipped, notListed, hidden } = await send(await writeTar(entries));
    total.added += added;
    total.unchanged += unchanged;
    total.skipped.push(...skipped);
    if (notListed !== undefined) total.notListed = (total.notListed ?? 0) + notListed;
    if (hidden !== undefined) total.hidden = (total.hidden ?? 0) + hidden;
    sent += entries.length;
    onProgress?.(sent);
  }
  return total;
}

async function* inArchives(
  pictures: Iterable<TreePicture> | AsyncIterable<TreePicture>,
  maxArchiveBytes: number,
): AsyncGenerator<TarEntry[], void, undefined> {
  let entries: TarEntry[] = [];
  let bytes = 0;
  for await (const picture of pictures) {
    const size = tarEntrySize(picture.data);
    if (entries.length > 0 && bytes + size > maxArchiveBytes) {
      yield entries;
      entries = [];
      bytes = 0;
    }
    entries.push({ path: treePath(picture), data: picture.data });
    bytes += size;
  }
  if (entries.length > 0) yield entries;
}

function treePath(picture: TreePicture): string {
  const label = picture.class === undefined ? [] : [picture.class];
  const parts = [picture.environment, ...label, picture.filename];
  const bad = parts.find((part) => part === '' || part === '.' || part === '..' || part.includes('/'));
  if (bad !== undefined) throw new RangeError(`"${bad}" cannot be part of environment/class/file.`);
  return parts.join('/');
}
