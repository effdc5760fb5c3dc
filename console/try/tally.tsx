// The sum over the interventions tried so far, of one picture or of all: how often each side's answer held.

import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { strings } from '../strings.ts';
import type { Side } from './ask.ts';
import type { Bench } from './bench.ts';
import type { LoadedPicture } from './picture.ts';
import type { ShownSide } from './shown-sides.ts';
import { judge } from './verdict.ts';

type TallyProps = {
  bench: Bench;
  pictures: readonly LoadedPicture[];
  sides: readonly ShownSide[];
};

export function Tally({ bench, pictures, sides }: TallyProps) {
  const counted = sides.map(({ side, name }) => ({ side, name, ...count(bench, pictures, side) }));
  if (counted.every(({ tried }) => tried === 0)) return null;
  return (
    <dl class="tally" aria-live="polite">
      {counted.map(({ side, name, held, tried }) => (
        <div key={side}>
          <dt>{name}</dt>
          <dd>
            <strong class="tally-count">{held}</strong> {strings.try.heldOf(tried)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function count(
  bench: Bench,
  pictures: readonly LoadedPicture[],
  side: Side,
): { held: number; tried: number } {
  const verdicts = pictures.flatMap(({ id }) =>
    pictureInterventionNames.map((name) =>
      judge(bench.answerOf(id, 'original', side), bench.answerOf(id, name, side)),
    ),
  );
  return {
    held: verdicts.filter((verdict) => verdict === 'held').length,
    tried: verdicts.filter((verdict) => verdict !== undefined).length,
  };
}
