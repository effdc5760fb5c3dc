// Requests through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name, as curl and pip read them; straight where they name none.

import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';

/** For requests without a body. */
export function createProxiedFetch(
  environment: Readonly<Record<string, string | undefined>>,
): (request: Request) => Promise<Response> {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const [httpProxy, httpsProxy, noProxy] = [read('HTTP_PROXY'), read('HTTPS_PROXY'), read('NO_PROXY')];
  if (httpProxy === undefined && httpsProxy === undefined) return fetch;
  const dispatcher = new EnvHttpProxyAgent({
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: noProxy ?? '',
  });
  // The runtime's own fetch takes no agent of another release of undici; this one's answers are of the same make.
  return async ({ url, method, headers, signal, redirect }) =>
    (await undiciFetch(url, {
      method,
      headers: Object.fromEntries(headers),
      signal,
      redirect,
      dispatcher,
    })) as unknown as Response;
}
