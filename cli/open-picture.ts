// A picture on disk, read while it is sent.

import { openAsBlob } from 'node:fs';

/** Throws with the file's name where it cannot be read. */
export async function openPicture(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file);
  } catch {
    throw new Error(`${file} cannot be read.`);
  }
}
