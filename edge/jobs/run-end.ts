// How a run of a job ends other than well: with an error that the job then shows, or because it was told to stop
// (cancelled, or taken over by another run), in which case it leaves everything as it is.

import type { AppError } from '#shared/app-error.ts';
import { err, type Result } from '#shared/result.ts';

export type RunEnd = { readonly kind: 'failed'; readonly error: AppError } | { readonly kind: 'stopped' };

export type RunResult<T> = Result<T, RunEnd>;

export const stopped: RunResult<never> = err({ kind: 'stopped' });

export function failed(error: AppError): RunResult<never> {
  return err({ kind: 'failed', error });
}
