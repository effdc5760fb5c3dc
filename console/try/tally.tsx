// The sum over the answers so far, of one picture or of all: how many are right, and how often each side's answer held.
// What comes is told by use-telling.ts, once for all pictures.

import { strings } from '../strings.ts';
import type { Bench } from './bench.ts';
import { countAnswers } from './count-answers.ts';
import type { LoadedPicture } from './picture.ts';
import type { ShownSide } from './shown-sides.ts';

type TallyProps = {
  bench: Bench;
  pictures: readonly LoadedPicture[];
  sides: readonly ShownSide[];
};

export function Tally({ bench, pictures, sides }: TallyProps) {
  const counted = sides.map(({ side, name }) => ({ side, name, ...countAnswers(bench, pictures, side) }));
  if (counted.every(({ tried, known }) => tried === 0 && known < 2)) return null;
  return (
    <dl class="tally">
      {counted.map(({ side, name, held, tried, right, known }) => (
        <div key={side}>
          <dt>{name}</dt>
          {known > 0 && (
            <dd>
              <strong class="tally-count">{right}</strong> {strings.try.rightOf(known)}
            </dd>
          )}
          {tried > 0 && (
            <dd>
              <strong class="tally-count">{held}</strong> {strings.try.heldOf(tried)}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}
