// Takes items out of a dataset, one or all, and with each picture's last item its bytes and what was computed from it.
// A large dataset is swept in pieces: it is hidden at once, and whoever sweeps next goes on where the last one stopped.

import type { EmbeddingCache } from '../cache/embedding-cache.ts';
import type { DatasetStore } from '../stores/dataset-store.ts';
import type { ItemStore } from '../stores/item-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';

export type DeleteSources = {
  readonly datasets: DatasetStore;
  readonly items: ItemStore;
  readonly objects: Pick<ObjectStore, 'remove'>;
  readonly embeddings: Pick<EmbeddingCache, 'forget'>;
};

const pieceItems = 500;

export async function deleteItems(
  tenantId: string,
  datasetId: string,
  ids: readonly string[],
  { items, objects, embeddings }: DeleteSources,
): Promise<void> {
  const gone = await items.remove(tenantId, datasetId, ids);
  if (gone.length === 0) return;
  await objects.remove(gone.map(({ storageKey }) => storageKey));
  await embeddings.forget(
    tenantId,
    gone.map(({ sha256 }) => sha256),
  );
}

/** Sweeps at most `maxPieces` of a removed dataset; true once nothing is left. */
export async function sweepDataset(
  tenantId: string,
  datasetId: string,
  maxPieces: number,
  sources: DeleteSources,
): Promise<boolean> {
  for (let piece = 0; piece < maxPieces; piece++) {
    const ids = await sources.items.someIds(tenantId, datasetId, pieceItems);
    if (ids.length > 0) await deleteItems(tenantId, datasetId, ids, sources);
    if (ids.length < pieceItems) {
      await sources.datasets.swept(tenantId, datasetId);
      return true;
    }
  }
  return false;
}
