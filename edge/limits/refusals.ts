// How many refused calls an address may make: unknown keys, missing scopes, paths that are none, and what they send after
// themselves. Only refused calls fill it, and all that an address loses by it are look-ups of keys that were never good and
// the courtesy of having its bodies read to their end. Counted in the isolate's memory: nothing is asked for a refusal.

import { createLru, type Lru } from '#shared/lru.ts';

export type Refusals = {
  readonly isSpent: (address: string, nowMs: number) => boolean;
  /** False where that was more than the address has. */
  readonly spend: (address: string, units: number, nowMs: number) => boolean;
};

const windowMs = 60_000;
const maxAddresses = 20_000;

export function createRefusals({ perMinute }: { readonly perMinute: number }): Refusals {
  let window = -1;
  let spent = createLru<number>({ maxWeight: maxAddresses });

  const now = (nowMs: number): Lru<number> => {
    const current = Math.floor(nowMs / windowMs);
    if (current !== window) spent = createLru({ maxWeight: maxAddresses });
    window = current;
    return spent;
  };

  return {
    isSpent: (address, nowMs) => (now(nowMs).get(address) ?? 0) >= perMinute,
    spend: (address, units, nowMs) => {
      const used = (now(nowMs).get(address) ?? 0) + units;
      now(nowMs).set(address, used);
      return used <= perMinute;
    },
  };
}

/**
 * Whose refusals are counted together, by what the platform says of the connection: an IPv4 address, or the 64 bits of an IPv6
 * address that one household or machine has to itself. Without a platform before it all share one.
 */
export function addressOf(connectingIp: string | null): string {
  const address = (connectingIp ?? '').trim().toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address.slice(0, 15);
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros =
    right === undefined ? [] : new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').slice(0, 4))
    .join(':');
}
