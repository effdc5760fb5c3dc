// The directory that a local stack keeps its state in: made where it is missing, and its owner's alone, for it holds secrets,
// keys and pictures. Knows nothing of what is in it.

import { access, chmod, constants, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Made, 0700, and its files 0600, also where it was there before and open to others. Rejects at once where it cannot be had. */
export async function openStateDirectory(directory: string): Promise<void> {
  try {
    await make(path.resolve(directory));
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const { mode } = await stat(directory);
    if ((mode & 0o077) !== 0) await tighten(directory);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(
      `Nothing can be kept in ${directory} (${code}). Choose another directory with --data-dir, or --ephemeral.`,
    );
  }
}

/** Step by step from what is there: Node's own `recursive` tries for ever where a parent takes no directories, as in /proc. */
async function make(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const parent = path.dirname(directory);
  if (found === undefined && parent !== directory) await make(parent);
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    // Made by another start in between.
    if ((await stat(directory).catch(() => undefined))?.isDirectory() !== true) throw error;
  }
}

async function tighten(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const name of await readdir(directory)) {
    const entry = path.join(directory, name);
    const { isDirectory, isFile } = await kindOf(entry);
    if (isDirectory) await tighten(entry);
    else if (isFile) await chmod(entry, 0o600);
  }
}

/** Of the entry itself: what a link leads to is not ours. */
async function kindOf(entry: string): Promise<{ isDirectory: boolean; isFile: boolean }> {
  const found = await lstat(entry).catch(() => undefined);
  return { isDirectory: found?.isDirectory() === true, isFile: found?.isFile() === true };
}
