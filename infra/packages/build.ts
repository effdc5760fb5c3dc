// `npm run packages`: writes what is published, as `npm pack` makes it, into dist/packages.

import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../project-root.ts';
import { cliPackageName, writeCliPackage } from './cli-package.ts';
import { clientPackageName, writeClientPackage } from './client-package.ts';

const packages = { [clientPackageName]: writeClientPackage, [cliPackageName]: writeCliPackage };

export type PackageName = keyof typeof packages;

/** The tarballs' paths by package name. What was packed stays beside them; `directory` is emptied first. */
export async function buildPackages(
  directory: string,
  names = Object.keys(packages) as PackageName[],
): Promise<Readonly<Partial<Record<PackageName, string>>>> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const tarballs: Partial<Record<PackageName, string>> = {};
  for (const name of names) {
    const contents = path.join(directory, name);
    await packages[name](contents);
    tarballs[name] = await pack(contents, directory);
  }
  return tarballs;
}

async function pack(contents: string, into: string): Promise<string> {
  const args = ['pack', contents, '--pack-destination', into, '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { shell: process.platform === 'win32' });
  const [packed] = Object.values(JSON.parse(stdout)) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm packed nothing of ${contents}.`);
  return path.join(into, packed.filename);
}

if (import.meta.main) {
  const tarballs = await buildPackages(path.join(projectRoot, 'dist/packages'));
  for (const [name, file] of Object.entries(tarballs)) {
    const { size } = await stat(file);
    console.log(`${name}  ${path.relative(process.cwd(), file)}  ${(size / 1000).toFixed(1)} kB`);
  }
}
