// Gives every request an id and a logger, and writes one line when it is done. Takes over the caller's request id and
// trace context, so that lines of the edge and of the worker can be put together.

import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { workHeaders } from '#shared/contracts/worker.ts';
import { acceptRequestId, acceptTraceparent, traceIdOf } from '#shared/trace-context.ts';
import { pixelsOf, type WorkTally } from '../fairness/work-tally.ts';
import type { WorkerEnv } from '../http/context.ts';
import type { Services } from '../services.ts';

export function requestContext({ log, metrics, now }: Pick<Services, 'log' | 'metrics' | 'now'>) {
  return createMiddleware<WorkerEnv>(async function requestContext(context, next) {
    const [startedMs, clockMs] = [now(), performance.now()];
    const requestId = acceptRequestId(context.req.header('x-request-id')) ?? randomUUID();
    const traceparent = acceptTraceparent(context.req.header('traceparent'));
    const child = log.child({ requestId, ...(traceparent && { traceId: traceIdOf(traceparent) }) });
    context.set('requestId', requestId);
    context.set('log', child);
    await next();
    // Not by `context.header`, which copies the whole body into a response of another kind.
    const { status, headers } = context.res;
    headers.set('x-request-id', requestId);
    if (traceparent !== undefined) headers.set('traceparent', traceparent);
    // On refusals too: what was done for them was done.
    const work = context.get('work');
    if (work !== undefined && pixelsOf(work) > 0) headers.set(workHeaders.pixels, String(pixelsOf(work)));
    if (work !== undefined && work.texts > 0) headers.set(workHeaders.texts, String(work.texts));
    const tookMs = performance.now() - clockMs;
    if (work !== undefined) headers.set('server-timing', describeTimes(tookMs, work));
    const durationMs = now() - startedMs;
    metrics.requestDone(routePath(context, -1), status, durationMs / 1000);
    const level = context.req.method === 'GET' && status < 500 ? 'debug' : 'info';
    child[level]({
      event: 'request',
      method: context.req.method,
      path: context.req.path,
      status,
      durationMs,
    });
  });
}

/** As the edge reads it (edge/clients/worker-answers.ts). Parts only of one picture: of several they overlap. */
function describeTimes(totalMs: number, { waits }: WorkTally): string {
  const [only] = waits.length === 1 ? waits : [];
  const parts = only === undefined ? {} : { decode: only.decodeMs, model: only.modelMs };
  return Object.entries({ ...parts, total: totalMs })
    .map(([name, ms]) => `${name};dur=${ms.toFixed(2)}`)
    .join(', ');
}
