// POST /v1/embeddings: unit-length embeddings of texts and pictures, in the shape of OpenAI's embeddings API.

import type { z } from 'zod';
import type { EmbeddingRequest, EmbeddingResponse } from '#shared/contracts/embedding.ts';
import type { CallOptions, Transport } from '../transport.ts';

export type Embeddings = {
  create(request: z.input<typeof EmbeddingRequest>, call?: CallOptions): Promise<EmbeddingResponse>;
};

export function embeddings(transport: Transport): Embeddings {
  return {
    create: (request, call = {}) =>
      transport.json<EmbeddingResponse>({
        ...call,
        method: 'POST',
        path: '/v1/embeddings',
        body: { json: request },
        repeatable: true,
      }),
  };
}
