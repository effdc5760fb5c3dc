// Whether what went wrong is told already by a side before, so that a screen reader hears it once.

import { explainError } from '../parts/explain-error.ts';
import type { Answer } from './ask.ts';

/** `before`: of the same picture, by the sides before. */
export function isEcho(answer: Answer | undefined, before: readonly (Answer | undefined)[]): boolean {
  if (answer?.state === 'refused') {
    return before.some((other) => other?.state === 'refused' && other.code === answer.code);
  }
  if (answer?.state !== 'failed') return false;
  const { title } = explainError(answer.error);
  return before.some((other) => other?.state === 'failed' && explainError(other.error).title === title);
}
