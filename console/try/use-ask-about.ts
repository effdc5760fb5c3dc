// Asks about pictures for the bench, side after side, and notes what is waited for, what came and what failed.

import { useCallback } from 'preact/hooks';
import type { Session } from '../session/session.ts';
import { type Answer, ask, type Question, type Side, sidesOf } from './ask.ts';
import { answerKey, type Event } from './bench-state.ts';
import type { Variant } from './picture.ts';

type Target = { readonly id: string; readonly variant: Variant };

/** Reads the files when it is their turn; keeps its identity while nothing that it asks by changes. */
export type AskAbout = (targets: readonly Target[], files: () => Promise<readonly Blob[]>) => Promise<void>;

export function useAskAbout(
  session: Session,
  question: Question | undefined,
  round: number,
  dispatch: (event: Event) => void,
): AskAbout {
  return useCallback(
    async (targets, files) => {
      if (question === undefined) return;
      const asked = sidesOf(question);
      const note = (side: Side, answers: readonly Answer[]) =>
        dispatch({ type: 'answered', round, answers: entriesOf(targets, side, answers) });
      const all = (answer: Answer) => targets.map(() => answer);
      for (const side of asked) note(side, all({ state: 'waiting', for: 'turn' }));
      try {
        const blobs = await files();
        // One after the other: the second finds the embedding that the first had made, and so does the third.
        for (const side of asked) {
          note(side, all({ state: 'waiting', for: 'answer' }));
          const onAway = () => note(side, all({ state: 'waiting', for: 'encoder' }));
          note(side, await ask(session, blobs, side, question, onAway));
        }
      } catch (error) {
        for (const side of asked) note(side, all({ state: 'failed', error }));
      }
    },
    [session, question, round],
  );
}

function entriesOf(targets: readonly Target[], side: Side, answers: readonly Answer[]) {
  return targets.flatMap(({ id, variant }, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [[answerKey(id, variant, side), answer] as const];
  });
}
