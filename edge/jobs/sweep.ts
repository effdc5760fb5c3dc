// For the cron trigger: goes on with what was begun and cut off, or left for later because it is long: deletions, uploads that
// nobody finished, names of before. Each does a bounded piece and leaves the rest to the next time.

import type { Services } from '../services.ts';
import { sweepBatch } from '../use-cases/delete-batch.ts';
import { sweepDataset } from '../use-cases/delete-items.ts';
import { sweepTenant } from '../use-cases/delete-tenant.ts';
import { batchKeptMs } from '../use-cases/present.ts';
import { undoUpload } from '../use-cases/upload-artefact.ts';

/** Of each kind in one go; and of one dataset so many pieces. */
const sweptAtOnce = 200;
const piecesAtOnce = 20;
/** Longer than any upload takes. */
const uploadMs = 10 * 60_000;
/** Each reads the items of its dataset. */
const composedAtOnce = 20;

/** Deletes batches after their time, and goes on with those that are being deleted. */
export async function sweepBatches(services: Services, nowMs: number): Promise<void> {
  await services.batches.hideOlder(nowMs - batchKeptMs, nowMs);
  for (const { tenantId, id } of await services.batches.hidden(sweptAtOnce)) {
    await sweepBatch(tenantId, id, services);
  }
}

/** Goes on with what is left of deleted datasets. */
export async function sweepDatasets(services: Services): Promise<void> {
  for (const { tenantId, id } of await services.datasets.removed(sweptAtOnce)) {
    await sweepDataset(tenantId, id, piecesAtOnce, services);
  }
}

/** Goes on with what is left of deleted tenants. */
export async function sweepTenants(services: Services, nowMs: number): Promise<void> {
  for (const deletion of await services.deletions.pending(sweptAtOnce)) {
    await sweepTenant(deletion, services, nowMs);
  }
}

/** Undoes uploads of artefacts that were cut off between their steps. */
export async function sweepUploads(services: Services, nowMs: number): Promise<void> {
  for (const { tenantId, id } of await services.projections.stuckUploads(nowMs - uploadMs, sweptAtOnce)) {
    await undoUpload(tenantId, id, services);
  }
}

/** Gives items of before names were composed their one spelling. */
export async function composeNames({ names }: Services): Promise<void> {
  for (const name of await names.toCompose(composedAtOnce)) {
    const composed = (text: string) => text.normalize('NFC');
    await names.rename(name, { environment: composed(name.environment), class: composed(name.class) });
  }
}
