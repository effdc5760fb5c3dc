// What a caller still sends once it has its answer is read into nothing, and the connection lives on.

import { createMiddleware } from 'hono/factory';
import type { WorkerContext, WorkerEnv } from '../http/context.ts';

/**
 * In place of the server's own way, which ends a connection half a second after an answer that came before the body's end: a caller
 * too busy to have read it loses the answer with the connection, and takes it that the worker has ended. What is read is bounded by
 * the time for a request.
 */
export function readOn() {
  return createMiddleware<WorkerEnv>(async function readOn({ env }, next) {
    const { incoming, outgoing } = env ?? {};
    outgoing?.once('finish', () => {
      if (incoming === undefined || incoming.readableEnded) return;
      // Whoever stopped in the middle of reading listens still, and nothing would flow.
      incoming.removeAllListeners('readable');
      incoming.on('data', () => undefined);
      incoming.resume();
    });
    await next();
  });
}

/** For an answer whose connection is closed after it: at most so many bytes are read before. */
export async function readFirst({ env }: WorkerContext, maxBytes: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of env?.incoming?.iterator({ destroyOnReturn: false }) ?? []) {
    bytes += (chunk as Buffer).byteLength;
    if (bytes > maxBytes) return;
  }
}
