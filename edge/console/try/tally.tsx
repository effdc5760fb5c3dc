// The sum over all interventions tried so far: how often each side's answer held.

import { strings } from '../strings.ts';
import { type Side, sides } from './ask.ts';
import type { Bench } from './bench.ts';
import { interventionNames } from './default-interventions.ts';
import { judge } from './verdict.ts';

export function Tally({ bench, projectionName }: { bench: Bench; projectionName: string | undefined }) {
  const counted = sides
    .filter((side) => side === 'clip' || projectionName !== undefined)
    .map((side) => ({ side, ...count(bench, side) }));
  if (counted.every(({ tried }) => tried === 0)) return null;
  return (
    <dl class="tally" aria-live="polite">
      {counted.map(({ side, held, tried }) => (
        <div key={side}>
          <dt>{side === 'clip' ? strings.try.sides.clip : projectionName}</dt>
          <dd>
            <strong>{held}</strong> {strings.try.heldOf(tried)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function count(bench: Bench, side: Side): { held: number; tried: number } {
  const verdicts = bench.pictures.flatMap(({ id }) =>
    interventionNames.map((name) =>
      judge(bench.answerOf(id, 'original', side), bench.answerOf(id, name, side)),
    ),
  );
  return {
    held: verdicts.filter((verdict) => verdict === 'held').length,
    tried: verdicts.filter((verdict) => verdict !== undefined).length,
  };
}
