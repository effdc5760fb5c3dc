// A URL's host to one address that may be reached. The address is what the connection is then made to, so that a second
// answer of the name server changes nothing.

import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { AddressPolicy } from './address-policy.ts';

/** One answer for all: which names there are behind a worker, and what listens there, is not for tenants to learn. */
export const unreachable = appError('unfetchable-url', 'It could not be reached, or may not be.');

export type HostLookup = (hostname: string) => Promise<readonly LookupAddress[]>;

export const systemLookup: HostLookup = (hostname) => lookup(hostname, { all: true });

/** Not where the name has no address, or one that is refused (any is enough). */
export async function resolveHost(
  url: URL,
  isAllowed: AddressPolicy,
  lookupHost: HostLookup,
): Promise<Result<LookupAddress, AppError<'unfetchable-url'>>> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(hostname);
  const addresses = family > 0 ? [{ address: hostname, family }] : await lookupHost(hostname).catch(() => []);
  const [first] = addresses;
  if (first === undefined) return err(unreachable);
  return addresses.every(({ address }) => isAllowed(address)) ? ok(first) : err(unreachable);
}
