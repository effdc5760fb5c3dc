// The console, and the script of /docs. The platform answers these paths itself, before the edge is asked; the edge does where
// nobody has: behind a proxy that leaves its own path before ours, and on the local stack.

import { basePathOf, type Env } from '../env.ts';

const files = /^\/(?:console(?:\/|$)|docs-assets\/)/;

/** Undefined where the path is none of a file's, or the stack serves none. */
export function serveFile(request: Request, env: Env): Promise<Response> | undefined {
  if (env.ASSETS === undefined || !files.test(new URL(request.url).pathname)) return undefined;
  // Where one file leads to another, its address lacks the proxy's path: it is followed here.
  const asked = basePathOf(env) === '' ? request : new Request(request, { redirect: 'follow' });
  return env.ASSETS.fetch(asked as never) as unknown as Promise<Response>;
}
