// Profiles as an isolate remembers them: what a name means, looked up in D1 and trusted for seconds, as projections are; so
// two isolates agree, and a deleted profile is refused everywhere, within `environmentTtlMs`.

import type { ModelReference } from '#shared/contracts/common.ts';
import { createLru } from '#shared/lru.ts';
import type { EnvironmentMean } from '../stores/environment-record.ts';
import type { EnvironmentStore } from '../stores/environment-store.ts';

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
  /**
   * The mean [d] of the means of the tenant's other profiles of the model, each weighing the same; `undefined` without any. As
   * old as a look-up may be.
   */
  meanOfOthers(
    tenantId: string,
    model: ModelReference,
    name: string,
    nowMs: number,
  ): Promise<Float32Array | undefined>;
  /** After a change: this isolate looks it up again. */
  forget(tenantId: string, name: string): void;
};

export const environmentTtlMs = 5000;
/** From this age on it is looked up again behind an answer, so that steady traffic never waits for D1. */
const refreshAfterMs = 2500;
const maxBytes = 8 * 1024 * 1024;
const maxReferenceBytes = 1024 * 1024;
/** Beside the sum: the names, the map's own. */
const entryBytes = 600;

type Entry = { readonly environment: EnvironmentMean; readonly atMs: number; isRefreshing: boolean };

export function createEnvironmentCache(
  environments: Pick<EnvironmentStore, 'find' | 'otherMeans'>,
): EnvironmentCache {
  const references = createLru<{ readonly mean: Float32Array | undefined }>({
    maxWeight: maxReferenceBytes,
    ttlMs: environmentTtlMs,
  });
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
    async meanOfOthers(tenantId, model, name, nowMs) {
      const key = `${tenantId} ${model.id} ${model.revision} ${name}`;
      const known = references.get(key, nowMs);
      if (known !== undefined) return known.mean;
      const mean = meanOf(await environments.otherMeans(tenantId, model, name));
      references.set(key, { mean }, (mean?.byteLength ?? 0) + entryBytes, nowMs);
      return mean;
    },
    forget: (tenantId, name) => memory.delete(keyOf(tenantId, name)),
  };
}

function meanOf(profiles: readonly EnvironmentMean[]): Float32Array | undefined {
  const first = profiles[0];
  if (first === undefined) return undefined;
  const mean = new Float64Array(first.sum.length);
  for (const { sum, pictures } of profiles) {
    for (let i = 0; i < mean.length; i++) {
      mean[i] = (mean[i] as number) + (sum[i] as number) / (pictures * profiles.length);
    }
  }
  return new Float32Array(mean);
}
