// What `npm run lint` says of imports, on small trees of their own: the rooms of infra/import-picture.ts, and Biome's cycles.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const projectRoot = path.join(import.meta.dirname, '../..');

type Tree = Readonly<Record<string, string>>;

function plant(tree: Tree): string {
  const root = mkdtempSync(path.join(tmpdir(), 'imports-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(tree)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

/** What the script prints of the tree, and how it ends. */
function pictureOf(tree: Tree): { status: number | null; lines: string[] } {
  const cwd = plant(tree);
  spawnSync('git', ['init', '--quiet'], { cwd });
  const script = path.join(projectRoot, 'infra/import-picture.ts');
  const { status, stdout } = spawnSync(process.execPath, [script], { cwd, encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n') };
}

/** What Biome's rule says of the tree by the repository's own settings. */
function cyclesIn(tree: Tree): string {
  const { linter } = JSON.parse(readFileSync(path.join(projectRoot, 'biome.json'), 'utf8'));
  const cwd = plant({
    ...tree,
    'package.json': JSON.stringify({ imports: { '#shared/*': './shared/*' } }),
    'biome.json': JSON.stringify({ linter }),
  });
  const biome = path.join(projectRoot, 'node_modules/.bin/biome');
  const args = ['lint', '--only=noImportCycles', '.'];
  const { stdout, stderr } = spawnSync(biome, args, { cwd, encoding: 'utf8' });
  return stdout + stderr;
}

it('draws which room imports which, however the import is written', () => {
  const { status, lines } = pictureOf({
    'edge/stores/rows.ts': '',
    'edge/cache/rows.ts': "import '../stores/rows.ts';\nexport { a } from '#shared/contracts/a.ts';\n",
    'edge/jobs/run.ts':
      "import {\n  a,\n} from '../stores/rows.ts';\nconst later = import('../use-cases/b.ts');\n",
    'edge/use-cases/b.ts': "import { z } from 'zod';\n",
    'shared/contracts/a.ts': '',
  });
  expect(lines).toEqual([
    'edge/cache -> edge/stores shared/contracts',
    'edge/jobs -> edge/stores edge/use-cases',
    '5 files: no import that climbs',
  ]);
  expect(status).toBe(0);
});

it('fails on an import that climbs, of types as well, and on one through a wall', () => {
  const { status, lines } = pictureOf({
    'edge/stores/rows.ts': "import type { Route } from '../http/route.ts';\n",
    'edge/http/route.ts': "import '../../gpu-worker/app.ts';\n",
    'gpu-worker/app.ts': '',
    'infra/local/serve.ts': "import { type Program } from '../../cli/program.ts';\n",
    'cli/program.ts': '',
    'shared/contracts/a.ts': "import '#shared/codec/b.ts';\n",
    'shared/codec/b.ts': '',
  });
  expect(lines.slice(0, -1).sort()).toEqual([
    'climbs: edge/http/route.ts imports gpu-worker/app.ts',
    'climbs: edge/stores/rows.ts imports edge/http/route.ts',
    'climbs: infra/local/serve.ts imports cli/program.ts',
    'climbs: shared/contracts/a.ts imports shared/codec/b.ts',
  ]);
  expect(status).toBe(1);
  expect(pictureOf({ 'console/a.ts': "import '../edge/b.ts';\n", 'edge/b.ts': '' }).lines).toContain(
    'through a wall: console/a.ts imports edge/b.ts',
  );
});

it('refuses a cycle, and one of types alone, with the files that make it', () => {
  const cycle = cyclesIn({
    'shared/a.ts': "import { b } from '#shared/b.ts';\nexport const a = () => b;\n",
    'shared/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
  });
  expect(cycle).toContain('... which imports shared/b.ts');
  const ofTypes = cyclesIn({
    'edge/c.ts': "import type { D } from './d.ts';\nexport type C = D;\n",
    'edge/d.ts': "import type { C } from './c.ts';\nexport type D = C | 1;\n",
  });
  expect(ofTypes).toContain('... which imports edge/d.ts');
  expect(cyclesIn({ 'edge/c.ts': 'export const c = 1;\n' })).not.toContain('which imports');
});
