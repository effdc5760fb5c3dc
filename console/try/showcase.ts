// Which picture to show first: one whose answer by plain CLIP flips under an intervention while that of the projection, or of the
// projection with a profile, holds and is right. Draws nothing, asks nothing.

import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import type { Side } from './ask.ts';
import type { Bench } from './bench.ts';
import type { Lead } from './lead.ts';
import type { LoadedPicture } from './picture.ts';
import { confidenceOf, isRight, judge } from './verdict.ts';

type Answers = Pick<Bench, 'answerOf'>;
type Candidate = Lead & { readonly score: number; readonly confidence: number };

/** Nothing where no answer flips, or none holds where it does. */
export function findLead(
  bench: Answers,
  pictures: readonly Pick<LoadedPicture, 'id' | 'trueLabel'>[],
  sides: readonly Side[],
): Lead | undefined {
  const others = sides.filter((side) => side !== 'clip');
  const candidates = pictures.flatMap(({ id, trueLabel }) => {
    const found =
      others.length === 0
        ? flips(bench, id, trueLabel)
        : others.flatMap((side) => holdsWhereClipFlips(bench, { id, trueLabel }, side));
    return found.toSorted((a, b) => b.confidence - a.confidence).slice(0, 1);
  });
  const [best] = candidates.toSorted((a, b) => b.score - a.score || b.confidence - a.confidence);
  return best && { picture: best.picture, variant: best.variant, holds: best.holds };
}

/** Scored by how often the side holds where plain CLIP flips, less the reverse. */
function holdsWhereClipFlips(
  bench: Answers,
  { id, trueLabel }: { id: string; trueLabel: string | undefined },
  side: Side,
): Candidate[] {
  const verdictOf = (of: Side, variant: PictureInterventionName) =>
    judge(bench.answerOf(id, 'original', of), bench.answerOf(id, variant, of));
  const wins = pictureInterventionNames.filter(
    (variant) =>
      verdictOf('clip', variant) === 'flipped' &&
      verdictOf(side, variant) === 'held' &&
      isRight(bench.answerOf(id, variant, side), trueLabel) !== false,
  );
  const losses = pictureInterventionNames.filter(
    (variant) => verdictOf('clip', variant) === 'held' && verdictOf(side, variant) === 'flipped',
  );
  return wins.map((variant) => ({
    picture: id,
    variant,
    holds: side,
    score: wins.length - losses.length,
    confidence: confidenceOf(bench.answerOf(id, variant, side)) ?? 0,
  }));
}

/** Scored so that a picture comes first that is answered right as it is, and is sure of something else afterwards. */
function flips(bench: Answers, id: string, trueLabel: string | undefined): Candidate[] {
  const original = bench.answerOf(id, 'original', 'clip');
  return pictureInterventionNames
    .filter((variant) => judge(original, bench.answerOf(id, variant, 'clip')) === 'flipped')
    .map((variant) => ({
      picture: id,
      variant,
      holds: undefined,
      score: isRight(original, trueLabel) === true ? 1 : 0,
      confidence: confidenceOf(bench.answerOf(id, variant, 'clip')) ?? 0,
    }));
}
