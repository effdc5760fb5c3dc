// What a job is told of a shard that is done, whatever was done to its pictures.

import type { JobFailure, ShardResult } from '../stores/run-store.ts';
import type { ShardItem } from './shard-plan.ts';

/** How many failures of a shard the job shows. */
export const shownFailures = 20;

export function shardResult(
  shard: number,
  pictures: number,
  failures: readonly (Omit<JobFailure, 'subject'> & { readonly sha256: string })[],
): ShardResult {
  const shown = failures.slice(0, shownFailures);
  return {
    shard,
    pictures,
    failed: failures.length,
    failures: shown.map(({ sha256, code, detail }) => ({ subject: sha256, code, detail })),
  };
}

/** Failures that a worker told by their place in `list`. */
export function namingPictures(
  failures: readonly { readonly index: number; readonly code: string; readonly detail: string }[],
  list: readonly Pick<ShardItem, 'sha256'>[],
) {
  return failures.map(({ index, code, detail }) => ({ sha256: list[index]?.sha256 ?? '', code, detail }));
}
