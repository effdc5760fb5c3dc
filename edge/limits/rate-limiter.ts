// Requests a minute, counted per location by the platform's rate-limit bindings.
//
// A binding has one fixed limit, plans have any. So an isolate buys permits in blocks: for a plan of N a minute it
// takes the binding with the largest limit L <= N, and each yes of the binding is worth N / L requests in the same
// minute. No location ever grants more than N a minute from one window of the binding; an isolate that dies takes the
// rest of its block with it. Large plans ask the binding once in N / 1000 requests, which keeps it off the hot path.

import type { RateLimit } from '@cloudflare/workers-types';
import { createLru } from '#shared/lru.ts';

export type RateLimitTier = { readonly limit: number; readonly binding: RateLimit };

export type RateLimiter = {
  /** Whether one more request of `subject` fits into `perMinute`. */
  readonly take: (subject: string, perMinute: number, nowMs: number) => boolean | Promise<boolean>;
};

const windowMs = 60_000;
const maxSubjects = 20_000;

/** What is left of the blocks bought in a window. A yes adds N units and a request costs L, so all are integers. */
type Block = { window: number; units: number; refusedUntilMs: number };

/** How long a no of the binding stands: who asks over and over is not to cost a question each time. */
const refusalMs = 1000;

export function createRateLimiter(tiers: readonly RateLimitTier[]): RateLimiter {
  const descending = [...tiers].sort((a, b) => b.limit - a.limit);
  const blocks = createLru<Block>({ maxWeight: maxSubjects });

  const blockOf = (subject: string, window: number): Block => {
    const known = blocks.get(subject);
    if (known?.window === window) return known;
    const fresh = { window, units: 0, refusedUntilMs: 0 };
    blocks.set(subject, fresh);
    return fresh;
  };

  const buy = async (
    block: Block,
    subject: string,
    perMinute: number,
    tier: RateLimitTier,
    nowMs: number,
  ): Promise<boolean> => {
    const { success } = await tier.binding.limit({ key: subject });
    if (success) block.units += perMinute - tier.limit;
    else block.refusedUntilMs = nowMs + refusalMs;
    return success;
  };

  return {
    take: (subject, perMinute, nowMs) => {
      const tier = descending.find(({ limit }) => limit <= perMinute);
      if (tier === undefined) return false;
      const block = blockOf(subject, Math.floor(nowMs / windowMs));
      if (block.units < tier.limit) {
        return nowMs < block.refusedUntilMs ? false : buy(block, subject, perMinute, tier, nowMs);
      }
      block.units -= tier.limit;
      return true;
    },
  };
}

export function secondsToNextMinute(nowMs: number): number {
  return Math.ceil((windowMs - (nowMs % windowMs)) / 1000);
}
