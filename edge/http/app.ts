// The HTTP application: Hono routes requests to the prepared routes of the table; what no route takes is 404, 405 or a
// preflight. Knows no route by name.

import { Hono } from 'hono';
import { appError, errorTable } from '#shared/app-error.ts';
import type { Env } from '../env.ts';
import { requestCounter } from '../metrics/counters.ts';
import { servicesOf } from '../services.ts';
import { bugDraft, errorDraft } from './middleware/draft.ts';
import { createRequestContext } from './middleware/request-context.ts';
import { finish, preflightResponse } from './middleware/response-headers.ts';
import { seeOff } from './middleware/see-off.ts';
import { prepareRoute } from './pipeline.ts';
import type { Route } from './route.ts';
import { StaticFirstRouter } from './router.ts';
import { serveFile } from './static-files.ts';

type HonoEnv = { Bindings: Env };

/** What no route takes is counted together: paths are whatever strangers send. */
const countRequest = requestCounter('none');

const noParams = {};

export function createApp(routes: readonly Route[]): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>({ router: new StaticFirstRouter() });
  for (const route of routes) {
    const answer = prepareRoute(route);
    const hasParams = route.path.includes(':');
    app.on(route.method, route.path, (c) =>
      answer({
        request: c.req.raw,
        params: hasParams ? c.req.param() : noParams,
        services: servicesOf(c.env),
        waitUntil: (promise) => c.executionCtx.waitUntil(promise),
      }),
    );
  }
  const others = createFallback(routes);
  app.notFound((c) => serveFile(c.req.raw, c.env) ?? others.fetch(c.req.raw, c.env));
  app.onError((thrown, c) => {
    const context = createRequestContext(c.req.raw);
    const where = { requestId: context.requestId, route: `${c.req.method} (outside the pipeline)` };
    return finish(bugDraft(thrown, where), c.req.raw, context, undefined);
  });
  return app;
}

/**
 * Answers what no route takes. A second router, because a catch-all beside the routes would put every request
 * through Hono's chain of handlers.
 */
function createFallback(routes: readonly Route[]): Hono<HonoEnv> {
  const fallback = new Hono<HonoEnv>();
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method as string);
    if (methods.includes('GET')) methods.push('HEAD');
    fallback.all(path, (c) =>
      c.req.method === 'OPTIONS'
        ? preflightResponse(c.req.raw, [...methods, 'OPTIONS'])
        : refuse(c.req.raw, c.env, 'method-not-allowed', { allow: [...methods, 'OPTIONS'].join(', ') }),
    );
  }
  const paths = new Set(routes.map(({ path }) => path));
  fallback.notFound((c) => {
    const meant = pathMeant(c.req.path, paths);
    return refuse(c.req.raw, c.env, 'not-found', {}, meant === undefined ? '' : ` Did you mean ${meant}?`);
  });
  return fallback;
}

/** Clients that are given an address without its `/v1`, with one too many or with a slash at its end ask beside a route. */
function pathMeant(path: string, paths: ReadonlySet<string>): string | undefined {
  const tidy = path
    .split('/')
    .filter((part, index, parts) => part !== '' && !(part === 'v1' && parts[index - 1] === 'v1'))
    .join('/');
  return [`/${tidy}`, `/v1/${tidy}`].find((each) => paths.has(each));
}

async function refuse(
  request: Request,
  env: Env,
  code: 'not-found' | 'method-not-allowed',
  headers: Readonly<Record<string, string>>,
  hint = '',
): Promise<Response> {
  const context = createRequestContext(request);
  await seeOff({ request, services: servicesOf(env) }, { status: 404 }, context.nowMs);
  const detail =
    code === 'not-found'
      ? `No route of this API has this path.${hint}`
      : 'This path takes only the methods in `Allow`.';
  countRequest(errorTable[code].status);
  return finish(errorDraft(appError(code, detail), context.requestId, headers), request, context, undefined);
}
