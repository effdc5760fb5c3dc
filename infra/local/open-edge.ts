// The edge under miniflare: real workerd, local D1, R2, Durable Objects and Workflows. Knows nothing of GPU workers
// beyond the addresses it is given in `bindings`.
//
// Miniflare puts two workers of its own before ours, written in JavaScript: its entry, and the router of static files. A
// deployment has neither, and for a picture they take as long as much of the edge itself. Here the edge has a socket of its
// own, and the static files a worker beside it, which the edge asks for what it has no route for.

import path from 'node:path';
import type { D1Database } from '@cloudflare/workers-types';
import { Log, LogLevel, Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare';
import { projectRoot } from '../project-root.ts';
import { startCronTriggers } from './cron-triggers.ts';
import { type EdgeBundle, type EdgeModule, loadEdgeBundle } from './edge-bundle.ts';
import { leashSpawned } from './leash.ts';
import { migrateDatabase } from './migrate-database.ts';
import { openScratchDirectory, type StateDirectory } from './scratch-directory.ts';

export type EdgeOptions = {
  /** Vars and secrets, over those of wrangler.toml. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Where D1, R2, Durable Objects and Workflows keep their state; absent: nothing outlives the edge. */
  readonly stateDirectory?: string | undefined;
  readonly host?: string | undefined;
  /** 0, the default, takes a free one. */
  readonly port?: number | undefined;
  /** Receives what the edge logs, line by line; default: nobody. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** Stands before the edge's own modules, which it can import as `./index.js`; for tests. */
  readonly entry?: EdgeModule | undefined;
  /** Over the edge's own options, for what only a benchmark or a test asks of miniflare. */
  readonly workerOptions?: Partial<WorkerOptions> | undefined;
  /** Opens workerd's inspector on a free port, e.g. for profiles of its CPU. */
  readonly inspect?: boolean | undefined;
  /** Other workers in the same workerd. */
  readonly beside?: readonly WorkerOptions[] | undefined;
};

export type Edge = {
  /** Without a slash at the end. */
  readonly url: string;
  readonly miniflare: Miniflare;
  /** Resolves once the edge has ended by itself, which nothing brings back; never after `close`. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
};

/**
 * `gc`, so that the edge can have its garbage looked for (edge/limits/collect-garbage.ts), which workerd leaves to chance. And new
 * objects in 2 MiB at a time instead of 16: three times as much is kept for them, and what hangs on them, pieces of files above all, is
 * let go of as soon as they are looked at. Miniflare takes flags from here alone.
 */
const heapFlags = '--expose-gc --max-semi-space-size=2';

/** Ready to answer when it resolves. Rejects where the port is taken or the bundle does not start. */
export async function openEdge(options: EdgeOptions): Promise<Edge> {
  const bundle = await loadEdgeBundle();
  process.env.MINIFLARE_WORKERD_V8_FLAGS ??= heapFlags;
  let isClosing = false;
  let tellEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });
  const unleash = leashSpawned('workerd', () => {
    if (!isClosing) tellEnded();
  });
  const scratch = options.stateDirectory === undefined ? await openScratchDirectory() : undefined;
  const host = options.host ?? '127.0.0.1';
  const isDirect = isLoopback(host);
  const miniflare = new Miniflare(miniflareOptions(options, bundle, { host, isDirect, scratch }));
  try {
    const url = isDirect ? await miniflare.unsafeGetDirectURL('edge') : await miniflare.ready;
    const database = (await miniflare.getD1Database('DB', 'edge')) as unknown as D1Database;
    await migrateDatabase(database, path.join(projectRoot, 'edge/migrations'));
    const stopCron = await startCronTriggers(miniflare, bundle.crons);
    return {
      url: url.origin,
      miniflare,
      ended,
      close: async () => {
        isClosing = true;
        stopCron();
        await miniflare.dispose();
        unleash();
        await scratch?.release();
      },
    };
  } catch (error) {
    unleash();
    await miniflare.dispose().catch(() => undefined);
    await scratch?.release();
    throw error;
  }
}

function miniflareOptions(
  options: EdgeOptions,
  bundle: EdgeBundle,
  { host, isDirect, scratch }: { host: string; isDirect: boolean; scratch: StateDirectory | undefined },
): MiniflareOptions {
  const port = options.port ?? 0;
  const { assets, ...bundled } = bundle.options;
  const edge = {
    ...bundled,
    ...options.workerOptions,
    name: 'edge',
    serviceBindings: {
      ...bundled.serviceBindings,
      ...options.workerOptions?.serviceBindings,
      ASSETS: 'static',
      ...networkFor(options.bindings.WORKER_ENDPOINTS),
    },
    ...(isDirect ? { unsafeDirectSockets: [{ host, port }] } : {}),
    modules: [...(options.entry === undefined ? [] : [options.entry]), ...bundle.modules].map((module) => ({
      ...module,
    })),
    bindings: { ...bundled.bindings, ...options.bindings },
  };
  return {
    workers: [edge, staticWorker(assets), ...(options.beside ?? [])],
    // Of miniflare's entry, by which this process reaches stores and triggers.
    host: isDirect ? '127.0.0.1' : host,
    port: isDirect ? 0 : port,
    // Nothing about this machine's place in the world is asked of the network.
    cf: false,
    ...(options.inspect === true ? { inspectorPort: 0 } : {}),
    log: new Log(LogLevel.WARN),
    handleStructuredLogs: ({ message }: { readonly message: string }) => {
      options.onLog?.(message);
    },
    defaultPersistRoot: options.stateDirectory ?? scratch?.path,
  } as MiniflareOptions;
}

/**
 * Whether only this machine can call. Others come through miniflare's entry after all: it alone is told from which address,
 * by which refusals are counted.
 */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Answers with files as the platform does before it asks a worker. */
function staticWorker(assets: WorkerOptions['assets']): WorkerOptions {
  return {
    name: 'static',
    compatibilityDate: '2026-07-01',
    modules: [{ type: 'ESModule', path: 'static.js', contents: 'export default {};' }],
    assets: { ...assets, routerConfig: { has_user_worker: false } },
  } as WorkerOptions;
}

/**
 * Every `fetch` goes through a worker of miniflare's too, with its body. The calls to GPU workers are let out directly where no
 * certificate is to be looked at, for which miniflare has its own ways.
 */
function networkFor(endpoints = ''): WorkerOptions['serviceBindings'] {
  if (/https:/i.test(endpoints)) return {};
  return { WORKER_NETWORK: { network: { allow: ['public', 'private'] } } };
}
