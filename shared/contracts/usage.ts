// /v1/usage: what a tenant has used, by UTC day and by route.

import { z } from 'zod';

const Day = z.iso.date();

/** Both days included; at most a year. Default: the last 30 days. */
export const UsageQuery = z.strictObject({ from: Day.optional(), to: Day.optional() });
export type UsageQuery = z.infer<typeof UsageQuery>;

const counters = {
  requests: z.int(),
  /** Requests answered with a status of 400 or more. */
  errors: z.int(),
  /** Pictures that a worker encoded: what `picturesPerDay` limits. */
  picturesEncoded: z.int(),
  /** Texts that a worker encoded: what `textsPerDay` limits. */
  textsEncoded: z.int(),
  /** Addresses that a worker fetched: what `fetchesPerDay` limits. */
  urlsFetched: z.int(),
  /** Pictures answered from memory, cache or storage instead. */
  cacheHits: z.int(),
};

export const UsageDay = z.object({
  day: Day,
  ...counters,
  routes: z.array(z.object({ route: z.string(), requests: z.int(), errors: z.int() })),
});
export type UsageDay = z.infer<typeof UsageDay>;

export const UsageResponse = z.object({
  from: Day,
  to: Day,
  totals: z.object(counters),
  /** Ascending; days without use are left out. */
  days: z.array(UsageDay),
  /** What is left of today's quotas. `requests` is absent where the plan has no such quota. */
  leftToday: z.object({
    pictures: z.int(),
    pixels: z.int(),
    texts: z.int(),
    fetches: z.int(),
    requests: z.int().optional(),
  }),
});
export type UsageResponse = z.infer<typeof UsageResponse>;
