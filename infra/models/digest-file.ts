// Sizes and hashes of files on disk, read as a stream. Writes nothing.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

export type FileDigest = {
  readonly size: number;
  readonly sha256: string;
  /** Git's own name for the content (SHA-1 over a header and the bytes): what a hub lists for files outside LFS. */
  readonly gitBlob: string;
};

/** Rejects where the file cannot be read. */
export async function digestFile(path: string): Promise<FileDigest> {
  const { size } = await stat(path);
  const sha256 = createHash('sha256');
  const gitBlob = createHash('sha1').update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path)) {
    sha256.update(chunk);
    gitBlob.update(chunk);
  }
  return { size, sha256: sha256.digest('hex'), gitBlob: gitBlob.digest('hex') };
}

/** Size of a file in bytes; `undefined` where there is none. */
export async function fileSize(path: string): Promise<number | undefined> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return info?.size;
}
