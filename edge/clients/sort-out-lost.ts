// Of several pictures that were lost with their worker more than once, finds out which ended it: each is sent by itself, alone at the
// worker. What is found so, now or before, is left out, and the others are worked on. Knows not what the calls ask for.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { endsWorkers, type LostCalls } from './lost-calls.ts';
import type { CallContext, WorkerAway } from './worker-call.ts';
import { workerUnavailable } from './worker-transport.ts';

type Picture = { readonly sha256: string };

export type SortedOut<T> = {
  readonly value: T;
  /** Indices of the pictures that were worked on, ascending. */
  readonly sent: readonly number[];
};

export async function sortOutLost<T, Code extends AppErrorCode>(
  pictures: readonly Picture[],
  context: CallContext,
  lostCalls: Pick<LostCalls, 'endsWorkers'>,
  /** `isTrial`: only to see whether it can be borne. */
  send: (indices: readonly number[], isTrial: boolean) => Promise<Result<T, AppError<Code>>>,
): Promise<Result<SortedOut<T>, AppError<Code | WorkerAway | 'invalid-request'>>> {
  for (;;) {
    const sent = [...pictures.keys()].filter(
      (index) => !lostCalls.endsWorkers(pictures[index]?.sha256 ?? '', context),
    );
    if (sent.length === 0) return err(endsWorkers);
    const outcome = await send(sent, false);
    if (outcome.ok) return ok({ value: outcome.value, sent });
    if (!endedWorkers(outcome.error) || sent.length === 1) return outcome;
    let found = false;
    for (const index of sent) {
      const trial = await send([index], true);
      if (trial.ok) continue;
      if (!endedWorkers(trial.error)) return trial;
      found ||= lostCalls.endsWorkers(pictures[index]?.sha256 ?? '', context);
    }
    if (found) continue;
    // A job's part is tried again: whoever runs the workers may have ended them so often.
    return context.lane === 'bulk' ? err(workerUnavailable) : outcome;
  }
}

/** Just now, or before: where no worker was back to find out by, the same pictures come again. */
function endedWorkers({ detail }: AppError): boolean {
  return detail === endsWorkers.detail;
}
