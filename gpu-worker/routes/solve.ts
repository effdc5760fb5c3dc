// POST /v1/solve: a `.stats` file to an `.icm` artefact.

import { icmContentType, SolveHead } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { answering } from '../http/context.ts';
import { fileResponse } from '../http/file-response.ts';
import { readSignedFrames } from '../http/signed-body.ts';
import { withEncoder } from '../http/with-encoder.ts';
import type { Services } from '../services.ts';
import { solve } from '../use-cases/solve.ts';

export function solveRoute(services: Services) {
  const { env, captionWriter } = services;
  return answering(services, async (context) => {
    const body = await readSignedFrames(context, SolveHead, { maxItemBytes: env.ICM_MAX_STATISTICS_BYTES });
    if (!body.ok) return body;
    const task = { model: body.value.head.model, cost: 1 };
    const answer = await withEncoder(services, context, task, (encoder, options) =>
      solve(body.value, { encoder, captionWriter }, options),
    );
    return answer.ok ? ok(fileResponse(icmContentType, answer.value)) : answer;
  });
}
