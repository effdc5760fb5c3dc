// On whose behalf days are judged: the tenant's, at nobody's cost but that of the thread where somebody asked for it just now.
// What is not in storage any more is done without.

import { appError } from '#shared/app-error.ts';
import { err } from '#shared/result.ts';
import type { Asking } from '../asking.ts';
import { inBackground } from '../in-background.ts';

export type WatchAsking = Pick<Asking, 'tenantId' | 'nowMs' | 'beforeWork'>;

export function judgeAsking({ tenantId, nowMs, beforeWork }: WatchAsking): Asking {
  return {
    tenantId,
    nowMs,
    later: inBackground,
    context: { lane: 'bulk', requestId: 'watch', tenant: { id: tenantId, weight: 1 } },
    charge: async () => err(appError('quota-exceeded', 'Judging a day costs nothing and asks for nothing.')),
    count: () => undefined,
    beforeWork,
  };
}
