// What has to be said beside an answer, lest its numbers be taken for what they are not.

import { strings } from '../strings.ts';
import type { Answer } from './ask.ts';

type Answered = Extract<Answer, { state: 'answered' }>;

/** Where probabilities need not sum to 1, and where a profile went unused, or may harm. */
export function notesOf({ scoring, environment }: Pick<Answered, 'scoring' | 'environment'>): string[] {
  return [
    ...(scoring === 'sigmoid' ? [strings.try.sigmoid] : []),
    ...(environment?.mode === 'unused' ? [strings.try.profileUnused] : []),
    ...(environment?.mode !== 'unused' && environment?.skewed === true ? [strings.try.profileSkewed] : []),
  ];
}
