// Behind a proxy that leaves its own path before ours (`/clip/v1/…`): BASE_PATH is taken off before anything is looked up. A
// proxy that takes it off itself needs no setting: every address that pages and answers hold is relative.

import { basePathOf, type Env } from '../env.ts';

type Answer<Context> = (request: Request, env: Env, context: Context) => Response | Promise<Response>;

export function belowBasePath<Context>(fetch: Answer<Context>): Answer<Context> {
  return (request, env, context) => {
    const base = basePathOf(env);
    const url = base === '' ? undefined : new URL(request.url);
    if (url === undefined || !(url.pathname === base || url.pathname.startsWith(`${base}/`))) {
      return fetch(request, env, context);
    }
    // Without the slash, relative addresses would lead out of the path.
    if (url.pathname === base || url.pathname === `${base}/console`) {
      return new Response(null, { status: 307, headers: { location: `${url.pathname}/${url.search}` } });
    }
    url.pathname = url.pathname.slice(base.length);
    return fetch(new Request(url, request), env, context);
  };
}
