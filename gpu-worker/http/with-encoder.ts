// What every encoding route does around its use case: be let in, hold a model, and let go of both.

import { type AppError, type AppErrorCode, appError } from '#shared/app-error.ts';
import { Lane, taskHeader } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { QueueOptions } from '../clip/batch-queue.ts';
import type { Encoder } from '../clip/encoder.ts';
import type { ModelFailure } from '../clip/model-directory.ts';
import { createWorkTally } from '../fairness/work-tally.ts';
import type { Services } from '../services.ts';
import type { WorkerContext } from './context.ts';

export type EncoderTask = {
  readonly model: string;
  /** Pictures, or what weighs as much, that the task keeps in flight. */
  readonly cost: number;
};

const LaneHeader = Lane.default('interactive');

type EncoderFailure = ModelFailure | 'worker-overloaded' | 'invalid-request';

export async function withEncoder<Answer, Code extends AppErrorCode>(
  { env, admission, models, tasks, window }: Services,
  context: WorkerContext,
  { model, cost }: EncoderTask,
  run: (encoder: Encoder, options: QueueOptions) => Promise<Result<Answer, AppError<Code>>>,
): Promise<Result<Answer, AppError<Code | EncoderFailure>>> {
  const lane = laneOf(context);
  if (!lane.ok) return lane;
  const party = context.get('party');
  const admitted = admission.admit(lane.value, Math.min(cost, window), party);
  if (!admitted.ok) return admitted;
  try {
    const lease = await models.lease(model);
    if (!lease.ok) return lease;
    try {
      const work = createWorkTally(lane.value === 'interactive' ? env.ICM_MAX_REQUEST_PIXELS : undefined);
      context.set('work', work);
      const end = tasks.begin(context.req.header(taskHeader), work);
      return await run(lease.value.encoder, {
        lane: lane.value,
        party,
        signal: context.req.raw.signal,
        work,
      }).finally(end);
    } finally {
      lease.value.release();
    }
  } finally {
    admitted.value.release();
  }
}

function laneOf(context: WorkerContext): Result<Lane, AppError<'invalid-request'>> {
  const lane = LaneHeader.safeParse(context.req.header('x-icm-lane'));
  return lane.success
    ? ok(lane.data)
    : err(appError('invalid-request', 'x-icm-lane is neither interactive nor bulk.'));
}
