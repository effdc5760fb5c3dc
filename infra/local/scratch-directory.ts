// A directory for state that nobody keeps. In memory where the system has room for it: workerd waits for the disk at every write,
// on the thread that answers, which costs milliseconds that no deployment has.

import { access, constants, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { leashDirectory } from './leash.ts';

export type StateDirectory = {
  readonly path: string;
  /** Lets it go. */
  release(): Promise<void>;
};

/** Linux's file system in memory. Containers are often given 64 MB of it, which a folder of pictures would fill. */
const memoryRoot = '/dev/shm';
const wantedBytes = 4 * 2 ** 30;

/** Gone once it is released, or this process has ended, however it ends. */
export async function openScratchDirectory(): Promise<StateDirectory> {
  const directory = await mkdtemp(path.join(await scratchRoot(), 'clip-icm-'));
  const unleash = leashDirectory(directory);
  return {
    path: directory,
    release: async () => {
      await rm(directory, { recursive: true, force: true });
      unleash();
    },
  };
}

/** Whoever sets TMPDIR has said where. */
async function scratchRoot(): Promise<string> {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  try {
    await access(memoryRoot, constants.W_OK);
    const { bavail, bsize } = await statfs(memoryRoot);
    return bavail * bsize >= wantedBytes ? memoryRoot : tmpdir();
  } catch {
    return tmpdir();
  }
}
