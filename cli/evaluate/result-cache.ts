// What one target and seed came to, kept on disk under a hash of everything that decides it, the program's own code
// included: a second run of the same evaluation reads answers instead of computing them, a changed one never does.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '#shared/parse-json.ts';
import { prebuiltDirectory, projectRoot } from '../../infra/project-root.ts';

export type ResultCache = {
  readonly get: (key: string) => Promise<unknown>;
  readonly put: (key: string, result: unknown) => Promise<void>;
};

export function openResultCache(directory: string): ResultCache {
  const fileOf = (key: string) => join(directory, 'results', `${key}.json`);
  return {
    async get(key) {
      const text = await readFile(fileOf(key), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : parseJson(text);
    },
    async put(key, result) {
      await mkdir(join(directory, 'results'), { recursive: true });
      const temporary = `${fileOf(key)}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(result));
      await rename(temporary, fileOf(key));
    },
  };
}

/** Of anything JSON can write, with typed arrays by their bytes. */
export function hashOf(value: unknown): string {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify(value, (_, part: unknown) =>
      ArrayBuffer.isView(part)
        ? createHash('sha256')
            .update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
            .digest('hex')
        : part,
    ),
  );
  return hash.digest('hex');
}

/** Over the source files that compute results. */
export async function hashOfCode(): Promise<string> {
  const folders =
    prebuiltDirectory === undefined
      ? [import.meta.dirname, join(import.meta.dirname, '../../shared/math')]
      : [join(projectRoot, 'cli'), join(projectRoot, 'lib')];
  const hash = createHash('sha256');
  for (const folder of folders) {
    const all = await readdir(folder, { recursive: true });
    const names = all.filter((name) => /\.[jt]s$/.test(name)).toSorted();
    for (const name of names) hash.update(name).update(await readFile(join(folder, name)));
  }
  return hash.digest('hex');
}
