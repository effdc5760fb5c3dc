// What is worth a look among many pictures: answers that are wrong, that flip, or that are unsure. Draws nothing.

import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { formatCsv } from '#shared/csv.ts';
import type { Side } from './ask.ts';
import type { Bench } from './bench.ts';
import { countAnswers } from './count-answers.ts';
import type { LoadedPicture } from './picture.ts';
import type { ShownSide } from './shown-sides.ts';
import { confidenceOf, isRight, judge } from './verdict.ts';

export const filters = ['all', 'wrong', 'flipped', 'unsure'] as const;
export type Filter = (typeof filters)[number];

type AnswerOf = Pick<Bench, 'answerOf'>;
type Shown = Pick<LoadedPicture, 'id' | 'trueLabel'>;

/** A likeliest label below this is not sure. */
const surely = 0.5;

/** By the last of the sides, which is what one would use. */
export function isIn(filter: Filter, bench: AnswerOf, picture: Shown, sides: readonly Side[]): boolean {
  const side = sides.at(-1) ?? 'clip';
  const answer = bench.answerOf(picture.id, 'original', side);
  switch (filter) {
    case 'all':
      return true;
    case 'wrong':
      return isRight(answer, picture.trueLabel) === false;
    case 'unsure':
      return (confidenceOf(answer) ?? 1) < surely;
    case 'flipped':
      return flips(bench, picture, sides);
  }
}

/** Whether the sides differ, or an intervention changed an answer of the last one. */
function flips(bench: AnswerOf, { id }: Shown, sides: readonly Side[]): boolean {
  const side = sides.at(-1) ?? 'clip';
  const original = bench.answerOf(id, 'original', side);
  return (
    judge(bench.answerOf(id, 'original', 'clip'), original) === 'flipped' ||
    pictureInterventionNames.some((name) => judge(original, bench.answerOf(id, name, side)) === 'flipped')
  );
}

/** One line a picture: what each side says of it, how sure it is, and what interventions did. */
export function answersAsCsv(
  bench: AnswerOf,
  pictures: readonly LoadedPicture[],
  sides: readonly ShownSide[],
): string {
  const columns = ['picture', 'true label', ...sides.flatMap(({ name }) => columnsOf(name))];
  const rows = pictures.map((picture) => [
    picture.name,
    picture.trueLabel ?? '',
    ...sides.flatMap(({ side }) => cellsOf(bench, picture, side)),
  ]);
  return `${formatCsv(columns, rows)}\r\n`;
}

function columnsOf(name: string): string[] {
  return ['label', 'probability', 'held', 'tried'].map((column) => `${name}: ${column}`);
}

function cellsOf(bench: AnswerOf, picture: LoadedPicture, side: Side): (string | number)[] {
  const answer = bench.answerOf(picture.id, 'original', side);
  const { held, tried } = countAnswers(bench, [picture], side);
  const label = answer?.state === 'answered' ? answer.label : '';
  return [label, confidenceOf(answer) ?? '', held, tried];
}
