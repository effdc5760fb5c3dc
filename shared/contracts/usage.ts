// /v1/usage: what a tenant has used, by UTC day and by route.

import { z } from 'zod';
import type { UsageCounter } from './usage-counters.ts';

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
  /** Pixels of the pictures that a worker decoded: what `pixelsPerDay` limits. */
  pixelsDecoded: z.int(),
  /** Texts that a worker encoded: what `textsPerDay` limits. */
  textsEncoded: z.int(),
  /** Addresses that a worker fetched: what `fetchesPerDay` limits. */
  urlsFetched: z.int(),
  /** Pictures answered from memory, cache or storage instead. */
  cacheHits: z.int(),
} satisfies Record<UsageCounter, z.ZodType>;

export const UsageDay = z.object({
  day: Day,
  ...counters,
  routes: z.array(z.object({ route: z.string(), requests: z.int(), errors: z.int() })),
});
export type UsageDay = z.infer<typeof UsageDay>;

/** What a plan counts by the day. `requests` is absent where the plan has no such quota. */
const ofDay = z.object({
  pictures: z.int(),
  pixels: z.int(),
  texts: z.int(),
  fetches: z.int(),
  requests: z.int().optional(),
});

/** What a tenant has, of what it may have. */
const Room = z.object({ used: z.int(), limit: z.int() });

export const UsageResponse = z.object({
  from: Day,
  to: Day,
  totals: z.object(counters),
  /** Ascending; days without use are left out. */
  days: z.array(UsageDay),
  /** The plan's quotas of a day, and what is left of today's. */
  perDay: ofDay,
  leftToday: ofDay,
  /** In bytes: pictures, artefacts, corrections, profiles of environments, watched days, objects of batches, and 1 KiB for the row of each but artefacts. */
  stored: Room,
  /** Things there may be a number of; of some the deleted count for a while. */
  rows: z.object({
    datasets: Room,
    keys: Room,
    projections: Room,
    evaluations: Room,
    batches: Room,
    webhooks: Room,
  }),
});
export type UsageResponse = z.infer<typeof UsageResponse>;
