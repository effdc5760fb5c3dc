// Makes the record of the pictures left out (left-out-record.ts) from the estimates of a fit.

import type { LeftOutEstimates } from './left-out-estimates.ts';
import {
  type LeftOutHits,
  type LeftOutRecord,
  maxRecorded,
  notScored,
  shareUnit,
  tagBytes,
} from './left-out-record.ts';
import type { HeadPlan } from './plan.ts';

/** `undefined` where nothing was left out. */
export function recordLeftOut(
  heads: readonly HeadPlan[],
  estimates: LeftOutEstimates,
): LeftOutRecord | undefined {
  const { folds } = estimates;
  if (folds.length === 0) return undefined;
  const most = Math.floor(maxRecorded / folds.length);
  const hits = heads.flatMap((head) =>
    (['unprofiled', 'profiled'] as const).flatMap((mode): LeftOutHits[] => {
      const found = estimates.hits(head.head, head[mode].approach);
      if (!found.ok) return [];
      const shares = folds.flatMap(({ classes }, fold) => {
        const scored = found.value[fold];
        return Array.from(classes.subarray(0, most), (_, row) =>
          scored?.scored[row] === 1 ? Math.round((scored.hits[row] as number) * shareUnit) : notScored,
        );
      });
      return [{ head: head.head, mode, shares: Uint8Array.from(shares) }];
    }),
  );
  return {
    sources: folds.map(({ name, classes }) => ({ name, pictures: Math.min(most, classes.length) })),
    tags: Uint8Array.from(folds.flatMap(({ tags }) => [...tags.subarray(0, most * tagBytes)])),
    classes: Int32Array.from(folds.flatMap(({ classes }) => [...classes.subarray(0, most)])),
    hits,
  };
}
