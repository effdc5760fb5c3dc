// Whether what stands in place of an answer is told already beside another one, so that a screen reader says it once.

import { explainError } from '../parts/explain-error.ts';
import type { Answer } from './ask.ts';

type Others = {
  /** Of the same picture, by the sides before. */
  readonly bySides: readonly (Answer | undefined)[];
  /** Of the pictures before. */
  readonly ofPictures: readonly (Answer | undefined)[];
};

/** A wait is of all pictures; what went wrong is of one, and only its sides agree about it. */
export function isEcho(answer: Answer | undefined, { bySides, ofPictures }: Others): boolean {
  if (answer === undefined) return false;
  switch (answer.state) {
    case 'answered':
      return false;
    case 'waiting':
      return ofPictures.some((other) => other?.state === 'waiting' && other.for === answer.for);
    case 'refused':
      return bySides.some((other) => other?.state === 'refused' && other.code === answer.code);
    case 'failed': {
      const { title } = explainError(answer.error);
      return bySides.some((other) => other?.state === 'failed' && explainError(other.error).title === title);
    }
  }
}
