// The runtimes that this machine has beside the project's own: what somebody who installs a package is likely to run.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

export type MachineNode = { readonly file: string; readonly major: number };

/** Every `node` of PATH that is not of a node_modules directory, one for each major version, and the one that runs this. */
export function findNodes(): readonly MachineNode[] {
  const files = filesInPath('node');
  const found = new Map<number, MachineNode>();
  for (const file of [process.execPath, ...files]) {
    const major = Number(
      execFileSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' }).split('.')[0],
    );
    if (!found.has(major)) found.set(major, { file, major });
  }
  return [...found.values()];
}

/** The first of this name in PATH, those of node_modules directories left aside. */
export function findProgram(name: string): string | undefined {
  return filesInPath(name)[0];
}

function filesInPath(name: string): string[] {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((directory) => !directory.includes('node_modules'))
    .map((directory) => path.join(directory, name))
    .filter((file) => existsSync(file));
}
