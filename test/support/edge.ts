// The edge as tests run it: bundled by wrangler, under miniflare, with the options of wrangler.toml and the migrations
// applied. Bundles once a process.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';

const root = fileURLToPath(new URL('../../', import.meta.url));
const configPath = join(root, 'wrangler.toml');

export const testSecrets = {
  KEY_PEPPER: 'pepper-for-tests-0123456789abcdef0123',
  ADMIN_SECRET: 'admin-for-tests-0123456789abcdef01234',
  WORKER_SECRET: 'worker-for-tests-0123456789abcdef0123',
} as const;

export type Edge = {
  readonly miniflare: Miniflare;
  readonly origin: string;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
};

export type EdgeOptions = {
  /** Over the vars of wrangler.toml and the secrets of tests. */
  readonly bindings?: Readonly<Record<string, string>>;
};

let bundled: Promise<string> | undefined;

/** The directory of the bundle; made on the first call, removed with the process's temporary files. */
function bundleEdge(): Promise<string> {
  bundled ??= (async () => {
    const directory = await mkdtemp(join(tmpdir(), 'clip-icm-edge-'));
    process.once('exit', () => void rm(directory, { recursive: true, force: true }));
    await promisify(execFile)(
      process.execPath,
      [join(root, 'node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', directory],
      { cwd: root, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' } },
    );
    return directory;
  })();
  return bundled;
}

/** Opens the edge on a free port with empty stores. */
export async function openEdge(options: EdgeOptions = {}): Promise<Edge> {
  const directory = await bundleEdge();
  const { workerOptions } = unstable_getMiniflareWorkerOptions(configPath);
  const miniflare = new Miniflare({
    ...workerOptions,
    name: 'edge',
    modulesRoot: directory,
    modules: [{ type: 'ESModule', path: join(directory, 'index.js') }],
    bindings: { ...workerOptions.bindings, ...testSecrets, ...options.bindings },
    cf: false,
    port: 0,
  } as MiniflareOptions);
  await applyMigrations(miniflare);
  const origin = (await miniflare.ready).origin;
  return {
    miniflare,
    origin,
    fetch: (path, init) => fetch(new URL(path, origin), init),
    close: () => miniflare.dispose(),
  };
}

async function applyMigrations(miniflare: Miniflare): Promise<void> {
  const database = await miniflare.getD1Database('DB');
  const directory = join(root, 'edge/migrations');
  for (const file of (await readdir(directory)).sort()) {
    const sql = await readFile(join(directory, file), 'utf8');
    const statements = splitStatements(sql);
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}

/** Migrations hold no semicolon but at the end of a statement. */
function splitStatements(sql: string): string[] {
  return sql
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
