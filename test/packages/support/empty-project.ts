// A project outside the repository, into which a packed tarball is installed as a user would, without the network.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export type EmptyProject = {
  readonly directory: string;
  write(name: string, contents: string): Promise<string>;
  remove(): Promise<void>;
};

export async function installInto(tarballs: readonly string[]): Promise<EmptyProject> {
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-installed-'));
  const write = async (name: string, contents: string) => {
    await writeFile(path.join(directory, name), contents);
    return path.join(directory, name);
  };
  await write('package.json', JSON.stringify({ name: 'somebody-s-project', private: true, type: 'module' }));
  const flags = ['--offline', '--omit=optional', '--no-audit', '--no-fund', '--no-package-lock'];
  await promisify(execFile)('npm', ['install', ...flags, ...tarballs], { cwd: directory });
  return { directory, write, remove: () => rm(directory, { recursive: true, force: true }) };
}
