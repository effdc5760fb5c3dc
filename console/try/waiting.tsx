// What stands where an answer is to come: nothing for some seconds, then whom it is waited for. It says so in the place of the
// answer, so that nothing moves.

import { useEffect, useRef, useState } from 'preact/hooks';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { serviceAnswers } from '../parts/service-answers.ts';
import { useTell } from '../parts/told.tsx';
import { strings } from '../strings.ts';
import type { Answer, Side } from './ask.ts';
import type { Bench } from './bench.ts';
import type { Variant } from './picture.ts';

type WaitsFor = Extract<Answer, { state: 'waiting' }>['for'];

const patienceMs = 4000;

export function Waiting({ waitsFor }: { waitsFor: WaitsFor }) {
  return (
    <div class="answer-waiting">
      <p class="hint">{useWaitingWords(waitsFor)}</p>
    </div>
  );
}

/** The same once for many pictures: where none of them has been answered for a while. */
export function GridWait({ bench, asked }: { bench: Bench; asked: readonly Side[] }) {
  const words = useWaitingWords(...waitOf(bench, asked, ['original']));
  return words === undefined ? null : <p class="hint">{words}</p>;
}

/** Tells whom is waited for: once until nothing is, however many pictures wait. */
export function useTellWait(bench: Bench, asked: readonly Side[]): void {
  const tell = useTell();
  const [waitsFor, answered] = waitOf(bench, asked, variants);
  const words = useWaitingWords(waitsFor, answered);
  const told = useRef<string>();
  useEffect(() => {
    if (waitsFor === undefined) told.current = undefined;
    else if (words !== undefined && words !== told.current) {
      told.current = words;
      tell(words);
    }
  }, [waitsFor, words]);
}

const variants: readonly Variant[] = ['original', ...pictureInterventionNames];

/** What the pictures wait for that most are told of, if any does, and how many answers there are. */
function waitOf(
  bench: Bench,
  asked: readonly Side[],
  looks: readonly Variant[],
): [WaitsFor | undefined, number] {
  const answers = bench.pictures.flatMap(({ id }) =>
    looks.flatMap((look) => asked.flatMap((side) => bench.answerOf(id, look, side) ?? [])),
  );
  const waits = answers.flatMap((answer) => (answer.state === 'waiting' ? [answer.for] : []));
  const first = (['encoder', 'answer', 'turn'] as const).find((what) => waits.includes(what));
  return [first, answers.length - waits.length];
}

/** Nothing while it is too early, or another answer is waited for. With each that comes the wait for the next begins. */
function useWaitingWords(waitsFor: WaitsFor | undefined, answered = 0): string | undefined {
  const [isReached, setReached] = useState<boolean>();
  useEffect(() => {
    setReached(undefined);
    if (waitsFor !== 'answer') return;
    let isOver = false;
    const timer = setTimeout(async () => {
      const answers = await serviceAnswers();
      if (!isOver) setReached(answers);
    }, patienceMs);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [waitsFor, answered]);
  const words = strings.try.waiting;
  if (waitsFor === 'encoder') return words.away;
  if (isReached === undefined) return undefined;
  return isReached ? words.encoder : words.service;
}
