// The state of the Try screen: pictures, what was asked, and every answer. Asks for what is missing; draws nothing.

import { useCallback, useEffect, useReducer, useRef } from 'preact/hooks';
import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import type { Session } from '../session/session.ts';
import { type Answer, ask, type Question, type Side, sidesOf } from './ask.ts';
import { encodePng, intervene, type LoadedPicture, readPixels, type Variant } from './picture.ts';

type State = {
  readonly pictures: readonly LoadedPicture[];
  /** By `answerKey`; those of an earlier question are thrown away. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly round: number;
};

type Event =
  | { readonly type: 'added'; readonly pictures: readonly LoadedPicture[] }
  | { readonly type: 'removed'; readonly id: string }
  | { readonly type: 'cleared' }
  | { readonly type: 'asked-anew' }
  | {
      readonly type: 'answered';
      readonly round: number;
      readonly answers: readonly (readonly [string, Answer])[];
    };

export type Bench = State & {
  readonly answerOf: (picture: string, variant: Variant, side: Side) => Answer | undefined;
  readonly add: (pictures: readonly LoadedPicture[]) => void;
  readonly remove: (id: string) => void;
  readonly clear: () => void;
  /** Asks about the picture after each of these interventions. */
  readonly tryVariants: (picture: LoadedPicture, names: readonly PictureInterventionName[]) => Promise<void>;
  /** Asks again where no answer came. */
  readonly retry: (picture: LoadedPicture, variant: Variant) => Promise<void>;
  /** The interventions that nothing is known of: not asked about yet, or in vain. */
  readonly untried: (picture: LoadedPicture) => readonly PictureInterventionName[];
};

function answerKey(picture: string, variant: Variant, side: Side): string {
  return `${picture} ${variant} ${side}`;
}

function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'added':
      return { ...state, pictures: [...event.pictures, ...state.pictures] };
    case 'removed':
      return { ...state, pictures: state.pictures.filter(({ id }) => id !== event.id) };
    case 'cleared':
      return { pictures: [], answers: new Map(), round: state.round + 1 };
    case 'asked-anew':
      return { ...state, answers: new Map(), round: state.round + 1 };
    case 'answered':
      if (event.round !== state.round) return state;
      return { ...state, answers: new Map([...state.answers, ...event.answers]) };
  }
}

/** `question` must keep its identity while nothing in it changes: a new one asks about everything anew. */
export function useBench(session: Session, question: Question | undefined): Bench {
  const [state, dispatch] = useReducer(reduce, { pictures: [], answers: new Map(), round: 0 });
  const { round, pictures } = state;

  const askAbout = useCallback(
    async (id: string, variants: readonly Variant[], files: () => Promise<readonly Blob[]>) => {
      if (question === undefined) return;
      const asked = sidesOf(question);
      const note = (side: Side, answers: readonly Answer[]) =>
        dispatch({
          type: 'answered',
          round,
          answers: answers.map((answer, index) => [
            answerKey(id, variants[index] ?? 'original', side),
            answer,
          ]),
        });
      const all = (answer: Answer) => variants.map(() => answer);
      for (const side of asked) note(side, all({ state: 'waiting' }));
      try {
        const blobs = await files();
        // One after the other: the second finds the embedding that the first had made, and so does the third.
        for (const side of asked) note(side, await ask(session, blobs, side, question));
      } catch (error) {
        for (const side of asked) note(side, all({ state: 'failed', error }));
      }
    },
    [session, question, round],
  );

  useAnewOn(question, () => dispatch({ type: 'asked-anew' }));
  useEachOnce(
    pictures,
    round,
    (picture) => void askAbout(picture.id, ['original'], async () => [picture.file]),
  );
  useEffect(() => () => revokeAll(latest.current), []);
  const latest = useRef(pictures);
  latest.current = pictures;

  const answerOf: Bench['answerOf'] = (picture, variant, side) =>
    state.answers.get(answerKey(picture, variant, side));
  const retry: Bench['retry'] = (picture, variant) =>
    askAbout(picture.id, [variant], () =>
      variant === 'original' ? Promise.resolve([picture.file]) : encodeVariants(picture, [variant]),
    );
  useWhenOnline(() => {
    for (const picture of pictures) {
      for (const variant of ['original', ...pictureInterventionNames] as const) {
        if (answerOf(picture.id, variant, 'clip')?.state === 'failed') void retry(picture, variant);
      }
    }
  });
  return {
    ...state,
    answerOf,
    add: (added) => dispatch({ type: 'added', pictures: added }),
    remove: (id) => {
      revokeAll(pictures.filter((picture) => picture.id === id));
      dispatch({ type: 'removed', id });
    },
    clear: () => {
      revokeAll(pictures);
      dispatch({ type: 'cleared' });
    },
    tryVariants: (picture, names) => askAbout(picture.id, names, () => encodeVariants(picture, names)),
    retry,
    // Only a picture that the service cannot read has none: one that waits, or was asked about in vain, is not left out.
    untried: ({ id }) =>
      answerOf(id, 'original', 'clip')?.state === 'refused'
        ? []
        : pictureInterventionNames.filter((name) => isUnknown(answerOf(id, name, 'clip'))),
  };
}

function isUnknown(answer: Answer | undefined): boolean {
  return answer === undefined || answer.state === 'failed';
}

/** Calls `mend` each time the machine is back on the network. */
function useWhenOnline(mend: () => void): void {
  const latest = useRef(mend);
  latest.current = mend;
  useEffect(() => {
    const call = () => latest.current();
    addEventListener('online', call);
    return () => removeEventListener('online', call);
  }, []);
}

async function encodeVariants(
  picture: LoadedPicture,
  names: readonly PictureInterventionName[],
): Promise<readonly Blob[]> {
  const pixels = await readPixels(picture.file);
  return Promise.all(names.map(async (name) => encodePng(await intervene(pixels, name, picture.sha256))));
}

/** Runs `anew` when the question changes, not when there first is one. */
function useAnewOn(question: Question | undefined, anew: () => void): void {
  const last = useRef(question);
  useEffect(() => {
    if (last.current !== question) {
      last.current = question;
      anew();
    }
  });
}

/** Calls `start` once for each picture in each round. */
function useEachOnce(
  pictures: readonly LoadedPicture[],
  round: number,
  start: (picture: LoadedPicture) => void,
): void {
  const started = useRef<{ round: number; ids: Set<string> }>({ round, ids: new Set() });
  useEffect(() => {
    if (started.current.round !== round) started.current = { round, ids: new Set() };
    for (const picture of pictures) {
      if (started.current.ids.has(picture.id)) continue;
      started.current.ids.add(picture.id);
      start(picture);
    }
  });
}

function revokeAll(pictures: readonly LoadedPicture[]): void {
  for (const { url } of pictures) URL.revokeObjectURL(url);
}
