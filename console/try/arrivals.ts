// What answers have come and are not told yet, and in which words: of one picture each answer, of several how many. That one failed
// is told where it stands, as an alert. Draws nothing.

import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { formatLabel, formatPercent } from '#shared/figures/format.ts';
import { strings } from '../strings.ts';
import type { Answer } from './ask.ts';
import type { Bench } from './bench.ts';
import { countAnswers } from './count-answers.ts';
import type { Lead } from './lead.ts';
import type { LoadedPicture, Variant } from './picture.ts';
import type { ShownSide } from './shown-sides.ts';
import { confidenceOf } from './verdict.ts';

type Looked = Pick<Bench, 'answerOf' | 'pictures'>;

/** A picture as it is or after an intervention, with what each side says of it. */
export type Arrival = {
  readonly picture: LoadedPicture;
  readonly variant: Variant;
  readonly answers: readonly Answer[];
};

export type Arrivals = {
  readonly came: readonly Arrival[];
  /** Pictures that are still to be answered as they are, and in all. */
  readonly waiting: number;
  readonly isOver: boolean;
};

/** `isTold`: of an answer. What nobody has asked about is neither here nor there. */
export function arrivalsOf(
  { answerOf, pictures }: Looked,
  sides: readonly ShownSide[],
  isTold: (answer: Answer) => boolean,
): Arrivals {
  const came: Arrival[] = [];
  let [waiting, isOver] = [0, true];
  for (const picture of pictures) {
    for (const variant of ['original', ...pictureInterventionNames] as const) {
      const answers = sides.flatMap(({ side }) => answerOf(picture.id, variant, side) ?? []);
      // Every picture is asked about as it is, in its turn.
      if (answers.length === 0 && variant !== 'original') continue;
      if (answers.length < sides.length || answers.some(({ state }) => state === 'waiting')) {
        isOver = false;
        if (variant === 'original') waiting += 1;
      } else if (!answers.every(isTold)) came.push({ picture, variant, answers });
    }
  }
  return { came, waiting, isOver };
}

/** Nothing where there is none, or where it failed and its alert says so. */
export function wordsOf(
  came: readonly Arrival[],
  bench: Pick<Bench, 'answerOf'>,
  sides: readonly ShownSide[],
  hasAlerts: boolean,
): string {
  const [only, another] = came;
  if (only === undefined) return '';
  return another === undefined ? wordsOfOne(only, sides, hasAlerts) : wordsOfMany(came, bench, sides);
}

function wordsOfOne({ picture, variant, answers }: Arrival, sides: readonly ShownSide[], hasAlerts: boolean) {
  const text = strings.try.told;
  const said = sides.flatMap(({ name }, index) => {
    const answer = answers[index];
    if (answer?.state !== 'answered') return hasAlerts ? [] : text.none(name);
    return text.says(name, formatLabel(answer.label), formatPercent(confidenceOf(answer) ?? 0, 0));
  });
  if (said.length === 0) return '';
  const what =
    variant === 'original' ? picture.name : text.after(picture.name, strings.interventions[variant].name);
  return text.of(what, said.join('; '));
}

function wordsOfMany(came: readonly Arrival[], bench: Pick<Bench, 'answerOf'>, sides: readonly ShownSide[]) {
  const text = strings.try.told;
  const answered = came.filter(({ answers }) => answers.every(({ state }) => state === 'answered')).length;
  const pictures = [...new Set(came.map(({ picture }) => picture))];
  const held = came.every(({ variant }) => variant === 'original')
    ? []
    : sides.flatMap(({ side, name }) => {
        const counts = countAnswers(bench, pictures, side);
        return counts.tried === 0 ? [] : text.held(name, counts.held, counts.tried);
      });
  const words = [text.answered(answered, came.length), ...held].join('; ');
  const [only, another] = pictures;
  return only === undefined || another !== undefined ? words : text.of(only.name, words);
}

/** Why a picture is shown first. */
export function wordsOfLead(
  lead: Lead,
  { pictures }: Pick<Bench, 'pictures'>,
  sides: readonly ShownSide[],
): string {
  const name = pictures.find(({ id }) => id === lead.picture)?.name;
  return name === undefined ? '' : strings.try.told.first(name, describeLead(lead, sides));
}

export function describeLead({ variant, holds }: Lead, sides: readonly ShownSide[]): string {
  const change = strings.interventions[variant].name;
  const name = sides.find(({ side }) => side === holds)?.name;
  return name === undefined ? strings.try.leadFlips(change) : strings.try.leadHolds(change, name);
}
