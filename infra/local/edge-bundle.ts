// The edge as miniflare takes it: wrangler's own bundle, and the options its configuration stands for.
// Both are kept in .cache/ under a hash of everything they are made from, since wrangler takes seconds to start.
// Opens nothing; open-edge.ts does.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { WorkerOptions } from 'miniflare';
import { sha256Hex } from '#shared/digest.ts';
import { buildAssets } from '../assets.ts';

export const projectRoot = path.resolve(import.meta.dirname, '../..');

export type EdgeBundle = {
  readonly modules: readonly EdgeModule[];
  /** Bindings and compatibility as wrangler.toml says; without the modules. */
  readonly options: Omit<WorkerOptions, 'modules' | 'script' | 'scriptPath'>;
  /** Miniflare runs no cron triggers by itself. */
  readonly crons: readonly string[];
};

export type EdgeModule = {
  readonly type: 'ESModule' | 'Text' | 'Data' | 'CompiledWasm';
  readonly path: string;
  readonly contents: Uint8Array<ArrayBuffer>;
};

/** Everything the bundle is made from. A directory that is not there yet counts as empty. */
const sources = ['wrangler.toml', 'package-lock.json', 'edge', 'shared'];

const moduleTypes: Readonly<Record<string, EdgeModule['type']>> = {
  '.js': 'ESModule',
  '.html': 'Text',
  '.txt': 'Text',
  '.sql': 'Text',
  '.bin': 'Data',
  '.wasm': 'CompiledWasm',
};

/** From the cache, or built and then cached. Rejects with wrangler's own message where the edge does not build. */
export async function loadEdgeBundle(): Promise<EdgeBundle> {
  await buildAssets();
  const cache = path.join(projectRoot, '.cache/edge');
  const directory = path.join(cache, await hashSources());
  const cached = await readBundle(directory).catch(() => undefined);
  if (cached !== undefined) return cached;
  await mkdir(cache, { recursive: true });
  // Built aside and moved into place whole, so that two processes may build at once.
  const building = await mkdtemp(path.join(cache, 'building-'));
  try {
    await Promise.all([runWrangler(path.join(building, 'modules')), writeOptions(building)]);
    await rename(building, directory).catch(() => undefined);
    return await readBundle(directory);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function readBundle(directory: string): Promise<EdgeBundle> {
  const { options, crons } = JSON.parse(await readFile(path.join(directory, 'options.json'), 'utf8'));
  const modules = path.join(directory, 'modules');
  const names = await readdir(modules);
  const listed = names.flatMap((name) => {
    const type = moduleTypes[path.extname(name)];
    return type === undefined ? [] : [{ type, name }];
  });
  // Miniflare starts at the first module.
  listed.sort((a, b) => Number(b.name === 'index.js') - Number(a.name === 'index.js'));
  return {
    options,
    crons,
    modules: await Promise.all(
      listed.map(async ({ type, name }) => {
        const contents = new Uint8Array(await readFile(path.join(modules, name)));
        return { type, path: name, contents };
      }),
    ),
  };
}

async function runWrangler(outdir: string): Promise<void> {
  const wrangler = path.join(projectRoot, 'node_modules/wrangler/bin/wrangler.js');
  const child = spawn(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', outdir], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', NO_COLOR: '1' },
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  // Wrangler is known to report success where a source changed under it and nothing was written.
  if (code !== 0 || !existsSync(path.join(outdir, 'index.js'))) {
    throw new Error(`The edge does not build:\n${(await output).join('\n').trim()}`);
  }
}

async function writeOptions(directory: string): Promise<void> {
  const { unstable_getMiniflareWorkerOptions: getOptions, unstable_readConfig: readConfig } = await import(
    'wrangler'
  );
  const config = path.join(projectRoot, 'wrangler.toml');
  const { workerOptions } = getOptions(config);
  const { crons } = readConfig({ config }).triggers;
  await writeFile(path.join(directory, 'options.json'), JSON.stringify({ options: workerOptions, crons }));
}

async function hashSources(): Promise<string> {
  const listed = await Promise.all(sources.map((source) => listFiles(path.join(projectRoot, source))));
  const lines = await Promise.all(
    listed
      .flat()
      .sort()
      .map(async (file) => `${await sha256Hex(new Uint8Array(await readFile(file)))} ${file}`),
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
