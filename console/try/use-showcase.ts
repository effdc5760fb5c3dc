// Tries every intervention on the pictures of the bench, and then shows that one first which shows best what a projection is for.
// Anew whenever something else is asked.

import { useEffect, useRef, useState } from 'preact/hooks';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { type Question, sidesOf } from './ask.ts';
import type { Bench } from './bench.ts';
import { findLead } from './showcase.ts';

/** Answers what starts it; it ends when the bench is cleared. */
export function useShowcase(bench: Bench, question: Question | undefined): () => void {
  const [isOn, setOn] = useState(false);
  const tried = useRef(-1);
  const led = useRef(-1);
  const { pictures, round } = bench;
  useEffect(() => {
    if (!isOn) return;
    if (pictures.length === 0) {
      setOn(false);
      return;
    }
    if (question === undefined || led.current === round) return;
    if (tried.current !== round && isAnswered(bench, ['original'], question)) {
      tried.current = round;
      void tryAll(bench);
    }
    if (tried.current === round && isAnswered(bench, ['original', ...pictureInterventionNames], question)) {
      led.current = round;
      const lead = findLead(bench, pictures, sidesOf(question));
      if (lead !== undefined) bench.leadWith(lead);
    }
  });
  return () => {
    led.current = -1;
    tried.current = -1;
    setOn(true);
  };
}

async function tryAll(bench: Bench): Promise<void> {
  for (const picture of bench.pictures) await bench.tryVariants(picture, bench.untried(picture));
}

/** Whether nothing more is to come. A picture that cannot be read has no variants. */
function isAnswered(
  { pictures, answerOf }: Bench,
  variants: readonly ('original' | (typeof pictureInterventionNames)[number])[],
  question: Question,
): boolean {
  return pictures.every(
    ({ id }) =>
      answerOf(id, 'original', 'clip')?.state === 'refused' ||
      variants.every((variant) =>
        sidesOf(question).every((side) => {
          const state = answerOf(id, variant, side)?.state;
          return state !== undefined && state !== 'waiting';
        }),
      ),
  );
}
