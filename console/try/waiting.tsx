// What stands where an answer is to come: nothing for some seconds, then whom it is waited for. It says so in the place of the
// answer, so that nothing moves.

import { useEffect, useState } from 'preact/hooks';
import { serviceAnswers } from '../parts/service-answers.ts';
import { strings } from '../strings.ts';
import type { Answer, Side } from './ask.ts';
import type { Bench } from './bench.ts';

type WaitsFor = Extract<Answer, { state: 'waiting' }>['for'];

const patienceMs = 4000;

/** `isEcho`: a picture before it says so already. */
export function Waiting({ waitsFor, isEcho }: { waitsFor: WaitsFor; isEcho: boolean }) {
  return (
    <div class="answer-waiting">
      <p class="hint" role={isEcho ? undefined : 'status'}>
        {useWaitingWords(waitsFor)}
      </p>
    </div>
  );
}

/** The same once for many pictures: where none of them has been answered for a while. */
export function GridWait({ bench, asked }: { bench: Bench; asked: readonly Side[] }) {
  const answers = bench.pictures.flatMap(({ id }) =>
    asked.flatMap((side) => bench.answerOf(id, 'original', side) ?? []),
  );
  const waits = answers.flatMap((answer) => (answer.state === 'waiting' ? [answer.for] : []));
  const waitsFor = (['encoder', 'answer'] as const).find((what) => waits.includes(what)) ?? 'turn';
  return <GridWaitLine key={answers.length - waits.length} waitsFor={waitsFor} />;
}

function GridWaitLine({ waitsFor }: { waitsFor: WaitsFor }) {
  const words = useWaitingWords(waitsFor);
  if (words === undefined) return null;
  return (
    <p class="hint" role="status">
      {words}
    </p>
  );
}

/** Nothing while it is too early, or another answer is waited for. */
function useWaitingWords(waitsFor: WaitsFor): string | undefined {
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
  }, [waitsFor]);
  const words = strings.try.waiting;
  if (waitsFor === 'encoder') return words.away;
  if (isReached === undefined) return undefined;
  return isReached ? words.encoder : words.service;
}
