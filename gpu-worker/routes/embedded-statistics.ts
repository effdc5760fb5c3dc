// POST /v1/statistics/embeddings: embeddings that are there already to the sums that a fit is solved from. No model is asked.

import { EmbeddedStatisticsHead, statsContentType } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { answering } from '../http/context.ts';
import { fileResponse } from '../http/file-response.ts';
import { readSignedFrames } from '../http/signed-body.ts';
import type { Services } from '../services.ts';
import { collectEmbeddings } from '../use-cases/collect-embeddings.ts';

export function embeddedStatisticsRoute(services: Services) {
  const maxItemBytes = services.env.ICM_MAX_STATISTICS_BYTES;
  return answering(services, async (context) => {
    const body = await readSignedFrames(context, EmbeddedStatisticsHead, { maxItemBytes });
    if (!body.ok) return body;
    const admitted = services.admission.admit('bulk', 1, context.get('party'));
    if (!admitted.ok) return admitted;
    try {
      const collected = await collectEmbeddings(body.value, services.sums);
      return collected.ok ? ok(fileResponse(statsContentType, collected.value)) : collected;
    } finally {
      admitted.value.release();
    }
  });
}
