// Which room of the house imports which, and what must not be: an import that climbs (of types, too), one from across a wall.
// Prints the picture (`--quiet`: one line) and fails where there is one; `npm run lint` runs it. Cycles of files, which Biome's
// noImportCycles sees, and the packages that a room may use are in biome.json.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Each list from the ground up: what stands in one may import its like and what stands below, nothing above. */
const storeys: readonly (readonly string[])[] = [
  [
    'shared',
    'client',
    'edge',
    'gpu-worker',
    'console',
    'infra/project-root.ts',
    'samples',
    'infra',
    'cli',
    'examples',
  ],
  [
    'edge/ids.ts',
    'edge/log.ts',
    'edge/delayed-flush.ts',
    'edge/timing.ts',
    'edge/metrics',
    'edge/stores',
    'edge/clients',
    'edge/limits',
    'edge/cache',
    'edge/use-cases',
    'edge/env.ts',
    'edge/create-access.ts',
    'edge/create-answers.ts',
    'edge/services.ts',
    'edge/jobs',
    'edge/http',
    'edge/routes',
    'edge/index.ts',
  ],
  [
    'gpu-worker/threads',
    'gpu-worker/fairness',
    'gpu-worker/interventions',
    'gpu-worker/pictures',
    'gpu-worker/clip',
    'gpu-worker/texts',
    'gpu-worker/fetch',
    'gpu-worker/numbers',
    'gpu-worker/use-cases',
    'gpu-worker/services.ts',
    'gpu-worker/http',
    'gpu-worker/middleware',
    'gpu-worker/routes',
    'gpu-worker/app.ts',
  ],
  ['shared/math/kernels', 'shared/math/linear', 'shared/math/watch', 'shared/math/answer', 'shared/math/fit'],
  ['shared/contracts', 'shared/app-error.ts', 'shared/pictures', 'shared/codec'],
  ['shared/math', 'shared/pictures', 'shared/codec'],
];

/** Run in different places and meet only on the network. */
const apart = ['edge', 'gpu-worker', 'console'];

const aliases: Readonly<Record<string, string>> = {
  '#shared/': 'shared/',
  '#client/': 'client/',
  '#figures/': 'shared/figures/',
};

type Import = { readonly from: string; readonly to: string };

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) =>
    /^(shared|client|samples|edge|gpu-worker|console|infra|cli|examples)\/.*\.tsx?$/.test(file),
  );
const imports = files.flatMap(importsOf);

const faults = imports.flatMap(faultOf);
const picture = process.argv.includes('--quiet') ? [] : describeRooms();
for (const line of faults.length > 0 ? faults : picture) console.log(line);
console.log(`${files.length} files: ${faults.length === 0 ? 'no import that climbs' : 'see above'}`);
if (faults.length > 0) process.exit(1);

function importsOf(file: string): Import[] {
  // A file that was deleted and is not committed yet is listed still.
  const text = readable(file);
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(
    ([, path]) => path ?? '',
  );
  return specifiers.flatMap((specifier) => {
    const alias = Object.keys(aliases).find((prefix) => specifier.startsWith(prefix));
    const to =
      alias === undefined
        ? join(dirname(file), specifier)
        : `${aliases[alias]}${specifier.slice(alias.length)}`;
    return (alias !== undefined || specifier.startsWith('.')) && files.includes(to)
      ? [{ from: file, to }]
      : [];
  });
}

function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function faultOf({ from, to }: Import): string[] {
  const climbs = storeys.some(
    (rooms) => storeyOf(from, rooms) >= 0 && storeyOf(from, rooms) < storeyOf(to, rooms),
  );
  const through = [houseOf(from), houseOf(to)];
  const isWalled = through[0] !== through[1] && through.every((house) => apart.includes(house));
  if (climbs) return [`climbs: ${from} imports ${to}`];
  return isWalled ? [`through a wall: ${from} imports ${to}`] : [];
}

function storeyOf(file: string, rooms: readonly string[]): number {
  return rooms.findIndex((room) => file === room || file.startsWith(`${room}/`));
}

function houseOf(file: string): string {
  return file.slice(0, file.indexOf('/'));
}

function describeRooms(): string[] {
  const rooms = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    if (roomOf(from) === roomOf(to)) continue;
    const known = rooms.get(roomOf(from)) ?? new Set();
    rooms.set(roomOf(from), known.add(roomOf(to)));
  }
  return [...rooms].sort().map(([room, below]) => `${room} -> ${[...below].sort().join(' ')}`);
}

/** The folder of the second level, or the file where it stands in one of the first. */
function roomOf(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}
