// What a tenant's usage counts. Free of zod: the console has it too.

export const usageCounters = [
  'requests',
  'errors',
  'picturesEncoded',
  'pixelsDecoded',
  'textsEncoded',
  'urlsFetched',
  'cacheHits',
] as const;
export type UsageCounter = (typeof usageCounters)[number];
export type UsageCounts = Record<UsageCounter, number>;

export function noUsage(): UsageCounts {
  return {
    requests: 0,
    errors: 0,
    picturesEncoded: 0,
    pixelsDecoded: 0,
    textsEncoded: 0,
    urlsFetched: 0,
    cacheHits: 0,
  };
}
