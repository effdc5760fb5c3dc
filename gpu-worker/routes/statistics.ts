// POST /v1/statistics: a shard of pictures to the sums that a fit is solved from.

import { StatisticsHead, statsContentType } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { answering } from '../http/context.ts';
import { fileResponse } from '../http/file-response.ts';
import { readSignedFrames } from '../http/signed-body.ts';
import { withEncoder } from '../http/with-encoder.ts';
import type { Services } from '../services.ts';
import { collectStatistics } from '../use-cases/collect-statistics.ts';

export function statisticsRoute(services: Services) {
  const { metrics, env } = services;
  return answering(services, async (context) => {
    const body = await readSignedFrames(context, StatisticsHead, { maxItemBytes: env.ICM_MAX_PICTURE_BYTES });
    if (!body.ok) return body;
    const { model, items } = body.value.head;
    const answer = await withEncoder(services, context, { model, cost: items.length }, (encoder, options) =>
      collectStatistics(body.value, encoder, options, services.sums),
    );
    if (!answer.ok) return answer;
    metrics.picturesEncoded(answer.value.encoded);
    for (const { code } of answer.value.failures) metrics.failed(code);
    return ok(fileResponse(statsContentType, answer.value.file));
  });
}
