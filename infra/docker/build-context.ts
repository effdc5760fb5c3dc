// The files that a build of this project sends to an engine: the repository without what .dockerignore leaves out.

import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Paths relative to the root, in order. Directories that no `!` pattern reaches into are not read. */
export async function listBuildContext(root: string): Promise<string[]> {
  const ignored = parseDockerignore(await readFile(join(root, '.dockerignore'), 'utf8'));
  const tops = await readdir(root, { withFileTypes: true });
  const files: string[] = [];
  for (const top of tops.filter(({ name }) => !ignored(name))) {
    if (top.isFile()) files.push(top.name);
    else if (top.isDirectory()) files.push(...(await listFiles(root, join(root, top.name))));
  }
  return files.filter((path) => !ignored(path)).sort();
}

/** Whether a path is left out: as in Docker, the last pattern that matches it or a directory above it decides. */
export function parseDockerignore(text: string): (path: string) => boolean {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      keep: line.startsWith('!'),
      pattern: toRegExp(line.replace(/^!/, '').replace(/\/$/, '')),
    }));
  return (path) => {
    const last = patterns.findLast(({ pattern }) => pattern.test(path));
    return last !== undefined && !last.keep;
  };
}

/** Unlike in a shell, `*` matches names that begin with a dot. */
function toRegExp(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${source}(?:/|$)`);
}

async function listFiles(root: string, directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
