// Ties child processes and temporary directories to the life of this process, even where it is killed with -9 and can
// clean up nothing itself. A leash is a small shell that waits on a pipe only this process holds. POSIX only: on
// Windows the calls do nothing.

import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Kills the child once this process is gone; ends by itself when the child does. */
export function leashProcess(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const release = startLeash('read _ || kill -9 "$1"', String(child.pid));
  child.once('exit', release);
}

/** Removes the directory once this process is gone; the returned function lets it go. */
export function leashDirectory(directory: string): () => void {
  return startLeash('read _ || { sleep 1; rm -rf "$1"; }', directory);
}

/**
 * Leashes every process whose command ends in `command` from here on, until the returned function is called.
 * For libraries that start processes without showing them (miniflare and its workerd).
 */
export function leashSpawned(command: string, onExit: () => void = () => undefined): () => void {
  const onSpawn = (message: unknown) => {
    const child = (message as { process: ChildProcess }).process;
    child.once('spawn', () => {
      if (!child.spawnfile.endsWith(command)) return;
      leashProcess(child);
      child.once('exit', onExit);
    });
  };
  subscribe('child_process', onSpawn);
  return () => {
    unsubscribe('child_process', onSpawn);
  };
}

function startLeash(script: string, argument: string): () => void {
  if (process.platform === 'win32') return () => undefined;
  // Detached: Ctrl-C in a terminal reaches the whole foreground group, and the leash has to outlive this process.
  const leash = spawn('sh', ['-c', script, 'clip-icm-leash', argument], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  leash.on('error', () => undefined);
  leash.unref();
  leash.stdin.on('error', () => undefined);
  return () => leash.stdin.end('\n');
}
