// An HTTP server for the worker's app: how long it waits for a request, and how it treats connections.

import { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import type { WorkerEnv } from './context.ts';

/**
 * How long a connection is kept that nobody uses. Longer than whatever stands before a worker keeps it (Cloudflare: 900 s), so that none
 * is closed just as the next call is sent on it: that call would be lost, and its pictures suspected.
 */
const keptIdleMs = 1_000_000;

/** Listens nowhere yet. The app reads on where a body goes on after its answer (middleware/read-on.ts). */
export function openServer(app: Hono<WorkerEnv>, requestTimeoutMs: number): Server {
  const server = createAdaptorServer({
    fetch: app.fetch,
    autoCleanupIncoming: false,
    serverOptions: { requestTimeout: requestTimeoutMs, keepAliveTimeout: keptIdleMs },
  });
  if (!(server instanceof Server)) throw new Error('expected an HTTP/1.1 server');
  return server;
}
