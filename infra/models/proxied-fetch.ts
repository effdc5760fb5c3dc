// Requests through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name, as curl and pip read them; straight where they name none.

import type { Dispatcher, EnvHttpProxyAgent } from 'undici';

/** For requests without a body. */
export function createProxiedFetch(
  environment: Readonly<Record<string, string | undefined>>,
): (request: Request) => Promise<Response> {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const [httpProxy, httpsProxy, noProxy] = [read('HTTP_PROXY'), read('HTTPS_PROXY'), read('NO_PROXY')];
  if (httpProxy === undefined && httpsProxy === undefined) return fetch;
  const settings = {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: noProxy ?? '',
  };
  let opened: Promise<Proxy> | undefined;
  // The runtime's own fetch takes no agent of another release of undici; this one's answers are of the same make.
  return async ({ url, method, headers, signal, redirect }) => {
    opened ??= openProxy(settings);
    const { send, dispatcher } = await opened;
    const init = { method, headers: Object.fromEntries(headers), signal, redirect, dispatcher };
    return (await send(url, init)) as unknown as Response;
  };
}

type Undici = typeof import('undici');
type Proxy = { readonly send: Undici['fetch']; readonly dispatcher: Dispatcher };

/** undici is loaded only where there is a proxy: it runs on fewer versions of Node than the rest. */
async function openProxy(settings: EnvHttpProxyAgent.Options): Promise<Proxy> {
  const undici = await import('undici').catch(() => {
    throw new Error(`a proxy needs Node 22.19 or later, and this is ${process.version}`);
  });
  return { send: undici.fetch, dispatcher: new undici.EnvHttpProxyAgent(settings) };
}
