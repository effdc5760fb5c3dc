// Fetches what a tenant's URL names without letting it reach where the tenant could not: http and https only, the resolved
// address checked and pinned at every redirect, redirects, bytes and time capped.

import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { type AppError, appError } from '#shared/app-error.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { AddressPolicy } from './address-policy.ts';
import { type HostLookup, resolveHost, systemLookup, unreachable } from './resolve-host.ts';

export type FetchFailure = 'unfetchable-url' | 'payload-too-large';

export type SafeFetchSettings = {
  readonly isAllowed: AddressPolicy;
  /** For the whole fetch, redirects and body included. */
  readonly timeoutMs: number;
  readonly lookupHost?: HostLookup;
};

/** Rejects with the signal's reason where the caller leaves. */
export type SafeFetch = (
  url: string,
  limits: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
) => Promise<Result<Uint8Array<ArrayBuffer>, AppError<FetchFailure>>>;

const maxRedirects = 5;
const redirectStatuses = new Set([301, 302, 303, 307, 308]);

export function createSafeFetch({
  isAllowed,
  timeoutMs,
  lookupHost = systemLookup,
}: SafeFetchSettings): SafeFetch {
  return async (url, { maxBytes, signal }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const limited = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      return await followRedirects(url, async (hop) => {
        const address = await orAborted(resolveHost(hop, isAllowed, lookupHost), limited);
        return address.ok ? await fetchFrom(hop, address.value, maxBytes, limited) : address;
      });
    } catch {
      signal?.throwIfAborted();
      return timeout.aborted ? unfetchable(`It did not answer in ${timeoutMs} ms.`) : err(unreachable);
    }
  };
}

type Hop = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly location: string };

async function followRedirects(
  start: string,
  fetchHop: (url: URL) => Promise<Result<Hop, AppError<FetchFailure>>>,
): Promise<Result<Uint8Array<ArrayBuffer>, AppError<FetchFailure>>> {
  let url = URL.parse(start);
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    if (url === null || !isFetchable(url))
      return unfetchable('Only http and https without credentials are fetched.');
    const hop = await fetchHop(url);
    if (!hop.ok) return hop;
    if ('bytes' in hop.value) return ok(hop.value.bytes);
    url = URL.parse(hop.value.location, url);
  }
  return unfetchable(`It redirects more than ${maxRedirects} times.`);
}

function isFetchable({ protocol, username, password }: URL): boolean {
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

async function fetchFrom(
  url: URL,
  address: LookupAddress,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Result<Hop, AppError<FetchFailure>>> {
  const agent = new Agent({ connect: { lookup: pinnedTo(address) }, pipelining: 0 });
  try {
    const response = await request(url, {
      dispatcher: agent,
      signal,
      headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'clip-icm' },
    });
    const { location } = response.headers;
    if (redirectStatuses.has(response.statusCode) && typeof location === 'string') return ok({ location });
    if (response.statusCode !== 200) return unfetchable(`It answers ${response.statusCode}.`);
    return await readBytes(response, maxBytes);
  } finally {
    // Ends the connection, also one that is still sending.
    await agent.destroy();
  }
}

async function readBytes(
  { headers, body }: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<Result<Hop, AppError<FetchFailure>>> {
  const tooLarge = err(
    appError('payload-too-large', `What is at the address has more than ${maxBytes} bytes.`),
  );
  // Ending the connection makes a body that nobody reads emit an error.
  body.on('error', () => undefined);
  if (Number(headers['content-length'] ?? 0) > maxBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of body) {
    byteLength += chunk.length;
    if (byteLength > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  return ok({ bytes: joinBytes(chunks) });
}

/** Whatever name is looked up, the connection goes to this address; the name stays in Host and in TLS. */
function pinnedTo({ address, family }: LookupAddress): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

/** Name look-ups cannot be cancelled; nobody waits for them longer than for the rest. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

function unfetchable(detail: string): Result<never, AppError<'unfetchable-url'>> {
  return err(appError('unfetchable-url', detail));
}
