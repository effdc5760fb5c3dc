// The edge as tests run it: the local stack's own (infra/local), with secrets of tests, empty stores and no worker.

import { type Edge as OpenEdge, openEdge as openLocalEdge } from '../../infra/local/open-edge.ts';

export const testSecrets = {
  KEY_PEPPER: 'pepper-for-tests-0123456789abcdef0123',
  ADMIN_SECRET: 'admin-for-tests-0123456789abcdef01234',
  WORKER_SECRET: 'worker-for-tests-0123456789abcdef0123',
  METRICS_SECRET: 'metrics-for-tests-0123456789abcdef012',
} as const;

export type Edge = {
  readonly miniflare: OpenEdge['miniflare'];
  readonly origin: string;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
};

export type EdgeOptions = {
  /** Over the vars of wrangler.toml and the secrets of tests. */
  readonly bindings?: Readonly<Record<string, string>>;
  readonly onLog?: (line: string) => void;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: nothing is kept. */
  readonly stateDirectory?: string;
};

/** Opens the edge on a free port; its stores are empty unless they are kept somewhere. */
export async function openEdge(options: EdgeOptions = {}): Promise<Edge> {
  const edge = await openLocalEdge({
    // Tests are refused more often than anybody should be.
    bindings: { ...testSecrets, REFUSALS_PER_MINUTE: '1000000', ...options.bindings },
    onLog: options.onLog,
    host: options.host,
    stateDirectory: options.stateDirectory,
  });
  return {
    miniflare: edge.miniflare,
    origin: edge.url,
    fetch: (path, init) => fetch(new URL(path, edge.url), { redirect: 'manual', ...init }),
    close: () => edge.close(),
  };
}
