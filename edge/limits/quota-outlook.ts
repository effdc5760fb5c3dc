// How far a tenant was from its limits when its counters were last asked. Decides nothing: what is granted is for the counters to
// say. It tells only whether to begin while they are asked: their one place may be a continent away.

import { maxPicturePixels } from '#shared/contracts/worker.ts';
import { createLru } from '#shared/lru.ts';
import type { QuotaAmounts, QuotaName, QuotaOutcome } from './quota-types.ts';

export type QuotaOutlook = {
  readonly note: (tenantId: string, outcome: QuotaOutcome, limits: QuotaAmounts, nowMs: number) => void;
  /** False where nothing is known, or not lately. */
  readonly isFar: (tenantId: string, amounts: QuotaAmounts, nowMs: number) => boolean;
};

/** Of the limit, at least so much is left. */
const farShare = 1 / 20;
/** And so many times of what is asked for. */
const farTimes = 100;
/** Other isolates spend too. */
const knownForMs = 10_000;
const maxTenants = 10_000;

export function createQuotaOutlook(): QuotaOutlook {
  const left = createLru<Map<QuotaName, { readonly share: number; readonly amount: number }>>({
    maxWeight: maxTenants,
    ttlMs: knownForMs,
  });
  return {
    note: (tenantId, outcome, limits, nowMs) => {
      if (!outcome.granted) return left.delete(tenantId);
      const known = new Map(left.get(tenantId, nowMs));
      for (const [name, amount] of Object.entries(outcome.remaining) as [QuotaName, number][]) {
        known.set(name, { amount, share: amount / (limits[name] ?? 1) });
      }
      left.set(tenantId, known, 1, nowMs);
    },
    isFar: (tenantId, amounts, nowMs) => {
      const known = left.get(tenantId, nowMs);
      if (known === undefined) return false;
      // Pixels are told afterwards; until then a picture may have as many as one is taken with.
      const costs = 'pixels' in amounts ? { ...amounts, pixels: pixelsAtMost(amounts) } : amounts;
      return Object.entries(costs).every(([name, amount]) => {
        const { share = 0, amount: rest = 0 } = known.get(name as QuotaName) ?? {};
        return share >= farShare && rest >= farTimes * amount;
      });
    },
  };
}

function pixelsAtMost({ pictures = 0, pixels = 0 }: QuotaAmounts): number {
  return Math.max(pixels, pictures * maxPicturePixels);
}
