// Whether an answer held when the picture was changed, and whether it is right.

import type { Answer } from './ask.ts';

export type Verdict = 'held' | 'flipped';

/** Nothing where either picture has no answer. */
export function judge(original: Answer | undefined, changed: Answer | undefined): Verdict | undefined {
  if (original?.state !== 'answered' || changed?.state !== 'answered') return undefined;
  return original.label === changed.label ? 'held' : 'flipped';
}

/** Nothing where there is no answer, or nobody knows what the picture shows. */
export function isRight(answer: Answer | undefined, trueLabel: string | undefined): boolean | undefined {
  if (answer?.state !== 'answered' || trueLabel === undefined) return undefined;
  return answer.label === trueLabel;
}

/** The probability of the likeliest label. */
export function confidenceOf(answer: Answer | undefined): number | undefined {
  return answer?.state === 'answered' ? answer.predictions[0]?.probability : undefined;
}
