// How often each side's answers held under the interventions tried so far, and how many of its answers are right. Draws nothing.

import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import type { Side } from './ask.ts';
import type { Bench } from './bench.ts';
import type { LoadedPicture } from './picture.ts';
import { isRight, judge } from './verdict.ts';

export type AnswerCounts = {
  /** Of `tried` interventions, those that left the answer as it was. */
  readonly held: number;
  readonly tried: number;
  /** Of `known` answers to pictures whose label is known, as they are and after interventions. */
  readonly right: number;
  readonly known: number;
};

type AnswerOf = Pick<Bench, 'answerOf'>;

export function countAnswers(
  { answerOf }: AnswerOf,
  pictures: readonly Pick<LoadedPicture, 'id' | 'trueLabel'>[],
  side: Side,
): AnswerCounts {
  const counts = { held: 0, tried: 0, right: 0, known: 0 };
  for (const { id, trueLabel } of pictures) {
    const original = answerOf(id, 'original', side);
    for (const variant of ['original', ...pictureInterventionNames] as const) {
      const answer = answerOf(id, variant, side);
      const verdict = variant === 'original' ? undefined : judge(original, answer);
      const right = isRight(answer, trueLabel);
      if (verdict !== undefined) counts.tried += 1;
      if (verdict === 'held') counts.held += 1;
      if (right !== undefined) counts.known += 1;
      if (right === true) counts.right += 1;
    }
  }
  return counts;
}
