// Takes a batch away: it is hidden, then its objects go, then its row. Whoever comes next goes on where the last one stopped.

import type { BatchStore } from '../stores/batch-store.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';

export type DeleteBatchSources = {
  readonly batches: Pick<BatchStore, 'hide' | 'remove'>;
  readonly objects: Pick<ObjectStore, 'removePrefix'>;
};

/** False where it is running, or is not there. */
export async function deleteBatch(
  tenantId: string,
  id: string,
  sources: DeleteBatchSources,
  nowMs: number,
): Promise<boolean> {
  if (!(await sources.batches.hide(tenantId, id, nowMs))) return false;
  await sweepBatch(tenantId, id, sources);
  return true;
}

/** Of a hidden one. */
export async function sweepBatch(
  tenantId: string,
  id: string,
  { batches, objects }: DeleteBatchSources,
): Promise<void> {
  await objects.removePrefix(objectKeys.batch(tenantId, id));
  await batches.remove(tenantId, id);
}
