// POST /v1/merge: `.stats` files to their sum.

import { MergeHead, statsContentType } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { answering } from '../http/context.ts';
import { fileResponse } from '../http/file-response.ts';
import { readSignedFrames } from '../http/signed-body.ts';
import type { Services } from '../services.ts';
import { merge } from '../use-cases/merge.ts';

export function mergeRoute(services: Services) {
  const maxItemBytes = services.env.ICM_MAX_STATISTICS_BYTES;
  return answering(services, async (context) => {
    const body = await readSignedFrames(context, MergeHead, { maxItemBytes });
    if (!body.ok) return body;
    const admitted = services.admission.admit('bulk', 1, context.get('party'));
    if (!admitted.ok) return admitted;
    try {
      const merged = await merge(body.value, context.req.raw.signal);
      return merged.ok ? ok(fileResponse(statsContentType, merged.value)) : merged;
    } finally {
      admitted.value.release();
    }
  });
}
