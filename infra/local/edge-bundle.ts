// The edge as miniflare takes it: wrangler's own bundle, and the options its configuration stands for. Both are kept, since
// wrangler takes seconds to start; the published package brings them. Opens nothing; open-edge.ts does.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { WorkerOptions } from 'miniflare';
import { assetsSources, buildAssets } from '../assets.ts';
import { prebuiltDirectory, projectRoot } from '../project-root.ts';
import { builtOnce } from './built-once.ts';

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
const sources = ['wrangler.toml', 'package-lock.json', 'edge', 'shared', 'infra/local/edge-bundle.ts'];

const moduleTypes: Readonly<Record<string, EdgeModule['type']>> = {
  '.js': 'ESModule',
  '.html': 'Text',
  '.txt': 'Text',
  '.sql': 'Text',
  '.bin': 'Data',
  '.wasm': 'CompiledWasm',
};

/** As it was built before, or built now. Rejects with wrangler's own message where the edge does not build. */
export async function loadEdgeBundle(): Promise<EdgeBundle> {
  const [assets, bundle] = await Promise.all([
    locateAssets(),
    prebuiltDirectory === undefined
      ? builtOnce('edge', sources, buildEdge)
      : path.join(prebuiltDirectory, 'edge'),
  ]);
  const read = await readBundle(bundle);
  // Where the assets are is known only now.
  return { ...read, options: { ...read.options, assets: { ...read.options.assets, directory: assets } } };
}

/** The directory of the static files, as they were built before, or built now. */
export async function locateAssets(): Promise<string> {
  return prebuiltDirectory === undefined
    ? builtOnce('assets', assetsSources, buildAssets)
    : path.join(prebuiltDirectory, 'assets');
}

/** Fills the directory with `modules/` and `options.json`. */
export async function buildEdge(directory: string): Promise<void> {
  const config = path.join(directory, 'wrangler.toml');
  // Wrangler works beside its configuration, and the checkout is not written to. It wants the assets to be somewhere.
  const assets = path.join(directory, 'assets');
  await mkdir(assets);
  const written = await readFile(path.join(projectRoot, 'wrangler.toml'), 'utf8');
  const absolute = written
    // Placeholders are welcome here.
    .replace(/^\[build\]\ncommand = .*$/m, '')
    .replace(/^main = .*$/m, `main = ${JSON.stringify(path.join(projectRoot, 'edge/index.ts'))}`)
    .replace(/^directory = .*$/m, `directory = ${JSON.stringify(assets)}`);
  await writeFile(config, absolute);
  await Promise.all([runWrangler(config, path.join(directory, 'modules')), writeOptions(config, directory)]);
  await Promise.all(
    ['wrangler.toml', '.wrangler', 'assets', 'modules/index.js.map'].map((name) =>
      rm(path.join(directory, name), { recursive: true, force: true }),
    ),
  );
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

async function runWrangler(config: string, outdir: string): Promise<void> {
  const wrangler = path.join(projectRoot, 'node_modules/wrangler/bin/wrangler.js');
  const args = ['deploy', '--dry-run', '--config', config, '--outdir', outdir];
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: path.dirname(config),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_LOG_PATH: path.join(path.dirname(config), '.wrangler/logs'),
      NO_COLOR: '1',
    },
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

async function writeOptions(config: string, directory: string): Promise<void> {
  const { unstable_getMiniflareWorkerOptions: getOptions, unstable_readConfig: readConfig } = await import(
    'wrangler'
  );
  const { workerOptions } = getOptions(config);
  const { crons } = readConfig({ config }).triggers;
  // loadEdgeBundle says where the assets are; a directory of this machine has no place in a package.
  const options = { ...workerOptions, assets: { ...workerOptions.assets, directory: '' } };
  await writeFile(path.join(directory, 'options.json'), JSON.stringify({ options, crons }));
}
