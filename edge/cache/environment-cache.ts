// Profiles as an isolate remembers them: what a name means, looked up in D1 and trusted for seconds, as projections are; so
// two isolates agree, and a deleted profile is refused everywhere, within `environmentTtlMs`.

import { createLru } from '#shared/lru.ts';
import type { EnvironmentMean, EnvironmentStore } from '../stores/environment-store.ts';

export type EnvironmentCache = {
  /** Without waiting: only what is in memory and not close to its end. */
  peek(tenantId: string, name: string, nowMs: number): EnvironmentMean | undefined;
  /** `undefined` where the tenant has no such profile. */
  get(
    tenantId: string,
    name: string,
    later: (work: Promise<unknown>) => void,
    nowMs: number,
  ): Promise<EnvironmentMean | undefined>;
  /** After a change: this isolate looks it up again. */
  forget(tenantId: string, name: string): void;
};

export const environmentTtlMs = 5000;
/** From this age on it is looked up again behind an answer, so that steady traffic never waits for D1. */
const refreshAfterMs = 2500;
const maxBytes = 8 * 1024 * 1024;
/** Beside the sum: the names, the map's own. */
const entryBytes = 600;

type Entry = { readonly environment: EnvironmentMean; readonly atMs: number; isRefreshing: boolean };

export function createEnvironmentCache(environments: Pick<EnvironmentStore, 'find'>): EnvironmentCache {
  const memory = createLru<Entry>({ maxWeight: maxBytes, ttlMs: environmentTtlMs });
  const keyOf = (tenantId: string, name: string) => `${tenantId} ${name}`;

  const lookUp = async (tenantId: string, name: string, nowMs: number) => {
    const environment = await environments.find(tenantId, name);
    const key = keyOf(tenantId, name);
    if (environment === undefined) memory.delete(key);
    else {
      const bytes = environment.sum.byteLength + entryBytes;
      memory.set(key, { environment, atMs: nowMs, isRefreshing: false }, bytes, nowMs);
    }
    return environment;
  };

  return {
    peek(tenantId, name, nowMs) {
      const entry = memory.get(keyOf(tenantId, name), nowMs);
      const isDue = entry !== undefined && nowMs - entry.atMs >= refreshAfterMs && !entry.isRefreshing;
      return isDue ? undefined : entry?.environment;
    },
    async get(tenantId, name, later, nowMs) {
      const entry = memory.get(keyOf(tenantId, name), nowMs);
      if (entry === undefined) return lookUp(tenantId, name, nowMs);
      if (nowMs - entry.atMs >= refreshAfterMs && !entry.isRefreshing) {
        entry.isRefreshing = true;
        later(lookUp(tenantId, name, nowMs).catch(() => undefined));
      }
      return entry.environment;
    },
    forget: (tenantId, name) => memory.delete(keyOf(tenantId, name)),
  };
}
