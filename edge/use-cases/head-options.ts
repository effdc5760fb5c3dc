// What of a classification's options says which head answers, and whether these fit each other.

import { type AppError, appError } from '#shared/app-error.ts';
import type { ClassificationOptions } from '#shared/contracts/classification.ts';
import { err, ok, type Result } from '#shared/result.ts';

export type HeadOptions = Pick<
  ClassificationOptions,
  'projection' | 'model' | 'labels' | 'templates' | 'head' | 'environment'
> &
  Partial<Pick<ClassificationOptions, 'strength' | 'reference'>>;

/** Whether the options fit each other; whether what they name is there is found out later. */
export function checkHeadOptions({
  projection,
  model,
  labels,
  templates,
  head = 'zero-shot',
}: HeadOptions): Result<true, AppError<'invalid-request'>> {
  const isZeroShot = head === 'zero-shot';
  if (projection === undefined) {
    if (labels === undefined)
      return err(invalid('/labels', 'Plain CLIP needs labels; or name a projection.'));
    return isZeroShot ? ok(true) : err(invalid('/head', 'Plain CLIP has only the zero-shot head.'));
  }
  if (model !== undefined) {
    return err(invalid('/model', 'A projection has its own model; leave the field out.'));
  }
  if ((labels === undefined && templates === undefined) || isZeroShot) return ok(true);
  return err(invalid('/head', 'Other labels or templates can only be answered by the zero-shot head.'));
}

export function invalid(pointer: string, message: string): AppError<'invalid-request'> {
  return appError('invalid-request', message, { errors: [{ pointer, message }] });
}
