// What a tenant may do unless its plan says otherwise, and plans as they are stored.

import type { PlanLimits } from '#shared/contracts/tenant.ts';

export const defaultLimits: PlanLimits = {
  requestsPerMinute: 6_000,
  picturesPerDay: 100_000,
  /** The pictures of a day at 10 megapixels each. */
  pixelsPerDay: 10 ** 12,
  textsPerDay: 1_000_000,
  fetchesPerDay: 100_000,
  requestsPerDay: 'unlimited',
  weight: 1,
  storedBytes: 10 * 1024 ** 3,
  concurrentJobs: 4,
};

/** From a row of `tenants`; what a plan of before does not name is as by default. */
export function readLimits(json: string): PlanLimits {
  return { ...defaultLimits, ...JSON.parse(json) };
}
