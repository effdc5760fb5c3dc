// One stack at a time on one state directory: two workerds over the same SQLite files would each trust their own memory.

import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openStateDirectory } from './state-directory.ts';

/** Rejects where another living process holds the directory; a lock left by a killed one is taken over. */
export async function lockState(directory: string): Promise<() => Promise<void>> {
  const file = path.join(directory, 'lock');
  await openStateDirectory(directory);
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (isAlive(holder)) {
      throw new Error(
        `${directory} is in use by process ${holder}. Stop it, or use --data-dir or --ephemeral.`,
      );
    }
    await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
