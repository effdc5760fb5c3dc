// What the local stack builds for itself (the edge's bundle, the console), kept under a hash of everything it is made
// from. Nothing is written into the checkout, which may be read-only: it is kept in the user's cache directory, or where
// that cannot be written in the system's temporary one.

import {
  access,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { sha256Hex } from '#shared/digest.ts';
import { projectRoot } from '../project-root.ts';

/** Old builds go once no process has asked for them for this long. */
const keptMs = 14 * 24 * 3600 * 1000;

/**
 * The directory that `build` has filled, now or before: `name` and the hash of `sources` (files and directories of the
 * project) are its key. Two processes may build at once: each builds aside, and one directory is moved into place whole.
 */
export async function builtOnce(
  name: string,
  sources: readonly string[],
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const root = await findCache();
  const directory = path.join(root, `${name}-${(await hashSources(sources)).slice(0, 32)}`);
  if (await isThere(directory)) {
    await utimes(directory, new Date(), new Date()).catch(() => undefined);
    return directory;
  }
  const aside = await mkdtemp(path.join(root, 'building-'));
  try {
    await build(aside);
    await rename(aside, directory).catch(async (error: unknown) => {
      if (!(await isThere(directory))) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  await removeOld(root);
  return directory;
}

async function findCache(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  const candidates = [
    path.join(cache, 'clip-icm', 'builds'),
    path.join(tmpdir(), `clip-icm-builds-${userInfo().uid}`),
  ];
  for (const candidate of candidates) {
    try {
      await mkdir(candidate, { recursive: true, mode: 0o700 });
      await access(candidate, constants.W_OK);
      return candidate;
    } catch {
      // The next one.
    }
  }
  throw new Error(
    `Neither ${candidates.join(' nor ')} can be written; set XDG_CACHE_HOME to a directory that can.`,
  );
}

async function removeOld(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const directory = path.join(root, name);
    const info = await stat(directory).catch(() => undefined);
    if (info === undefined || Date.now() - info.mtimeMs < keptMs) continue;
    await rm(directory, { recursive: true, force: true });
  }
}

async function isThere(directory: string): Promise<boolean> {
  return stat(directory).then(
    () => true,
    () => false,
  );
}

/** Over names and contents. A source that is not there counts as empty. */
export async function hashSources(sources: readonly string[]): Promise<string> {
  const files = (
    await Promise.all(sources.map((source) => listFiles(path.join(projectRoot, source))))
  ).flat();
  const lines = await Promise.all(
    files.sort().map(async (file) => {
      const hash = await sha256Hex(new Uint8Array(await readFile(file)));
      return `${hash} ${path.relative(projectRoot, file)}`;
    }),
  );
  return sha256Hex(new TextEncoder().encode(lines.join('\n')));
}

async function listFiles(source: string): Promise<string[]> {
  try {
    const entries = await readdir(source, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOTDIR') return [source];
    if (code === 'ENOENT') return [];
    throw error;
  }
}
