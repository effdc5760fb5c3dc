// Whether an answer held when the picture was changed.

import type { Answer } from './ask.ts';

export type Verdict = 'held' | 'flipped';

/** Nothing where either picture has no answer. */
export function judge(original: Answer | undefined, changed: Answer | undefined): Verdict | undefined {
  if (original?.state !== 'answered' || changed?.state !== 'answered') return undefined;
  return original.label === changed.label ? 'held' : 'flipped';
}
