// Tells what answers come, each once: when nothing more is waited for, and of many pictures some of the way there too.

import { useEffect, useRef } from 'preact/hooks';
import { quarterOf, useTell } from '../parts/told.tsx';
import { strings } from '../strings.ts';
import { arrivalsOf, wordsOf, wordsOfLead } from './arrivals.ts';
import type { Answer } from './ask.ts';
import type { Bench } from './bench.ts';
import type { ShownSide } from './shown-sides.ts';

type Telling = {
  readonly bench: Bench;
  readonly sides: readonly ShownSide[];
  readonly isAsked: boolean;
  /** More pictures than have a card each, with its alerts. */
  readonly isMany: boolean;
};

export function useTelling(shown: Telling): void {
  const tell = useTell();
  const latest = useRef(shown);
  latest.current = shown;
  // What is there when the screen is opened is no news.
  const told = useRef<WeakSet<object>>();
  told.current ??= settledOf(shown);
  const quarter = useRef(0);
  const { answers, pictures, lead } = shown.bench;
  useEffect(() => {
    if (!shown.isAsked) return;
    // Not before what goes on from these answers has been asked: picture after picture is told as one.
    const timer = setTimeout(() => {
      const known = told.current ?? new WeakSet();
      const words = wordsNow(latest.current, known, quarter);
      if (words !== '') tell(words);
    });
    return () => clearTimeout(timer);
  }, [answers, pictures, lead, shown.isAsked]);
}

function settledOf({ bench: { answers, lead } }: Telling): WeakSet<object> {
  const settled = [...answers.values()].filter(({ state }) => state !== 'waiting');
  return new WeakSet<object>(lead === undefined ? settled : [...settled, lead]);
}

function wordsNow(
  { bench, sides, isMany }: Telling,
  told: WeakSet<object>,
  quarter: { current: number },
): string {
  const { came, waiting, isOver } = arrivalsOf(bench, sides, (answer: Answer) => told.has(answer));
  if (!isOver) {
    const done = came.filter(({ variant }) => variant === 'original').length;
    const reached = waiting === 0 ? 0 : quarterOf(done, done + waiting);
    const isNews = isMany && reached > quarter.current;
    quarter.current = reached;
    return isNews ? strings.try.told.soFar(done, done + waiting) : '';
  }
  quarter.current = 0;
  for (const answer of came.flatMap(({ answers }) => answers)) told.add(answer);
  const { lead } = bench;
  const isLeadNews = lead !== undefined && !told.has(lead);
  if (isLeadNews) told.add(lead);
  return [wordsOf(came, bench, sides, !isMany), isLeadNews ? wordsOfLead(lead, bench, sides) : '']
    .filter(Boolean)
    .join('. ');
}
