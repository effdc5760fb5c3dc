// The Durable Objects of stored embeddings, asked from outside the edge.

import type { EmbeddingRows } from '../../edge/stores/embedding-store.ts';
import type { Edge } from './edge.ts';

export type EmbeddingObjects = {
  getByName(name: string): EmbeddingRows & { expire(nowMs: number): Promise<void> };
};

export async function openEmbeddingObjects({
  miniflare,
}: Pick<Edge, 'miniflare'>): Promise<EmbeddingObjects> {
  const namespace = await miniflare.getDurableObjectNamespace('EMBEDDINGS', 'edge');
  return {
    getByName: (name) =>
      namespace.get(namespace.idFromName(name)) as unknown as ReturnType<EmbeddingObjects['getByName']>,
  };
}
