// One request to an address of a tenant's: only http and https, the name resolved once, the address checked, and the connection
// made to that very address. Follows no redirect.

import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { type AppError, type AppErrorCode, appError } from '#shared/app-error.ts';
import { err, type Result } from '#shared/result.ts';
import type { AddressPolicy } from './address-policy.ts';
import { type HostLookup, resolveHost, systemLookup, unreachable } from './resolve-host.ts';

export type PinnedSettings = {
  readonly isAllowed: AddressPolicy;
  /** For everything, redirects and bodies included. */
  readonly timeoutMs: number;
  readonly lookupHost?: HostLookup;
};

export type Sent = {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/**
 * What `read` makes of the answer; then the connection ends, also one that is still sending. Rejects where it breaks before,
 * or the signal fires.
 */
export async function requestPinned<T, Code extends AppErrorCode>(
  url: URL | null,
  { headers, ...sent }: Sent,
  { isAllowed, lookupHost = systemLookup }: Pick<PinnedSettings, 'isAllowed' | 'lookupHost'>,
  signal: AbortSignal,
  read: (response: Dispatcher.ResponseData) => Promise<Result<T, AppError<Code>>>,
): Promise<Result<T, AppError<Code | 'unfetchable-url'>>> {
  if (url === null || !isFetchable(url))
    return unfetchable('Only http and https without credentials are fetched.');
  const address = await orAborted(resolveHost(url, isAllowed, lookupHost), signal);
  if (!address.ok) return address;
  const agent = new Agent({ connect: { lookup: pinnedTo(address.value) }, pipelining: 0 });
  try {
    const response = await request(url, {
      ...sent,
      dispatcher: agent,
      signal,
      headers: { ...headers, 'accept-encoding': 'identity', 'user-agent': 'clip-icm' },
    });
    // Ending the connection makes a body that nobody reads emit an error.
    response.body.on('error', () => undefined);
    return await read(response);
  } finally {
    await agent.destroy();
  }
}

/** `work` under one clock; what breaks is told alike, and only the caller's own leaving rejects. */
export async function withinTime<T, Code extends AppErrorCode>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (limited: AbortSignal) => Promise<Result<T, AppError<Code>>>,
): Promise<Result<T, AppError<Code | 'unfetchable-url'>>> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await work(signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
  } catch {
    signal?.throwIfAborted();
    return timeout.aborted ? unfetchable(`It did not answer in ${timeoutMs} ms.`) : err(unreachable);
  }
}

export function unfetchable(detail: string): Result<never, AppError<'unfetchable-url'>> {
  return err(appError('unfetchable-url', detail));
}

function isFetchable({ protocol, username, password }: URL): boolean {
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
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
