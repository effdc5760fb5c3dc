// Rows and the summary of a batch into storage, counted against what the tenant may store before they are written.

import type { AppError } from '#shared/app-error.ts';
import { ok, type Result } from '#shared/result.ts';
import { orNoRoom } from '../limits/room.ts';
import type { Services } from '../services.ts';

export async function keepBatchObject(
  { tenantId, batchId, key }: { readonly tenantId: string; readonly batchId: string; readonly key: string },
  text: string,
  { batches, objects }: Pick<Services, 'batches' | 'objects'>,
): Promise<Result<true, AppError<'quota-exceeded'>>> {
  const bytes = new TextEncoder().encode(text);
  const counted = await orNoRoom(() => batches.countObject(tenantId, batchId, key, bytes.byteLength));
  if (!counted.ok) return counted;
  await objects.put(key, bytes);
  return ok(true);
}
