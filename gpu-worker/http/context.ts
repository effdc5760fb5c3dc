// What a request carries through the middleware to its route.

import type { HttpBindings } from '@hono/node-server';
import type { Context, Handler } from 'hono';
import type { Logger } from 'pino';
import type { AppError } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import type { Party } from '../fairness/fair-queue.ts';
import type { WorkTally } from '../fairness/work-tally.ts';
import type { Services } from '../services.ts';
import { problemResponse } from './problem-response.ts';

export type WorkerEnv = {
  /** Empty where a request is made without a server. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    log: Logger;
    /** From the verified signature; what the body (or its first frame) must hash to. */
    contentSha256: string;
    /** On whose behalf, from the verified signature. */
    party: Party;
    /** What encoding has come to, once something is to be encoded. */
    work: WorkTally | undefined;
  };
};

export type WorkerContext = Context<WorkerEnv>;

/** nginx's number for a caller that left; nobody reads the answer, the log does. */
const callerLeftStatus = 499;

/** A handler from a function that answers a response or an expected failure. */
export function answering(
  { metrics }: Pick<Services, 'metrics'>,
  handle: (context: WorkerContext) => Promise<Result<Response, AppError>>,
): Handler<WorkerEnv> {
  return async (context) => {
    try {
      const answer = await handle(context);
      if (answer.ok) return answer.value;
      metrics.failed(answer.error.code);
      return problemResponse(answer.error, context.get('requestId'));
    } catch (error) {
      if (!context.req.raw.signal.aborted) throw error;
      metrics.failed('caller-left');
      return new Response(null, { status: callerLeftStatus });
    }
  };
}
