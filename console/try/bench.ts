// The state of the Try screen: pictures, what was asked, and every answer. Asks for what is missing; draws nothing.

import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { PictureInterventionName } from '#shared/contracts/intervention.ts';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { revokeLater } from '../parts/object-urls.ts';
import type { Session } from '../session/session.ts';
import { type Answer, type Question, type Side, sides } from './ask.ts';
import { askInParts } from './ask-in-parts.ts';
import { answerKey, empty, reduce, type State } from './bench-state.ts';
import type { Lead } from './lead.ts';
import { encodePng, intervene, type LoadedPicture, readPixels, type Variant } from './picture.ts';
import { useAskAbout } from './use-ask-about.ts';

export type Bench = State & {
  /** Takes these, by the hash of a picture, for what pictures show. */
  readonly tell: (labels: ReadonlyMap<string, string>) => void;
  /** Shows this picture before all others. */
  readonly leadWith: (lead: Lead) => void;
  readonly answerOf: (picture: string, variant: Variant, side: Side) => Answer | undefined;
  readonly add: (pictures: readonly LoadedPicture[]) => void;
  readonly remove: (id: string) => void;
  readonly clear: () => void;
  /** Asks about the picture after each of these interventions. */
  readonly tryVariants: (picture: LoadedPicture, names: readonly PictureInterventionName[]) => Promise<void>;
  /** Asks again where no answer came. */
  readonly retry: (picture: LoadedPicture, variant: Variant) => Promise<void>;
  /** The pictures that no answer came for as they are. */
  readonly failed: readonly LoadedPicture[];
  /** Asks again about these, and about interventions, wherever no answer came. */
  readonly retryAll: () => Promise<void>;
  /** The interventions that nothing is known of: not asked about yet, or in vain. */
  readonly untried: (picture: LoadedPicture) => readonly PictureInterventionName[];
};

/** `question` must keep its identity while nothing in it changes: a new one asks about everything anew. */
export function useBench(session: Session, question: Question | undefined): Bench {
  const [state, dispatch] = useReducer(reduce, empty);
  const { round, pictures } = state;

  const askAbout = useAskAbout(session, question, round, dispatch);
  const askOriginals = (some: readonly LoadedPicture[]) =>
    askInParts(some, (part) =>
      askAbout(
        part.map(({ id }) => ({ id, variant: 'original' })),
        async () => part.map(({ file }) => file),
      ),
    );

  useAnewOn(question, () => dispatch({ type: 'asked-anew' }));
  useEachOnce(pictures, round, (fresh) => void askOriginals(fresh));
  useEffect(() => () => revokeAll(latest.current), []);
  const latest = useRef(pictures);
  latest.current = pictures;

  const answerOf: Bench['answerOf'] = (picture, variant, side) =>
    state.answers.get(answerKey(picture, variant, side));
  const retry: Bench['retry'] = (picture, variant) =>
    askAbout([{ id: picture.id, variant }], () =>
      variant === 'original' ? Promise.resolve([picture.file]) : encodeVariants(picture, [variant]),
    );
  const tryVariants: Bench['tryVariants'] = (picture, names) =>
    askAbout(
      names.map((variant) => ({ id: picture.id, variant })),
      () => encodeVariants(picture, names),
    );
  const hasFailed = ({ id }: LoadedPicture, variant: Variant) =>
    sides.some((side) => answerOf(id, variant, side)?.state === 'failed');
  const failed = pictures.filter((picture) => hasFailed(picture, 'original'));
  const retryAll = async () => {
    await askOriginals(failed);
    for (const picture of pictures) {
      const names = pictureInterventionNames.filter((name) => hasFailed(picture, name));
      if (names.length > 0) await tryVariants(picture, names);
    }
  };
  useWhenOnline(() => void retryAll());
  return {
    ...state,
    answerOf,
    tell: (labels) => dispatch({ type: 'told', labels }),
    add: (added) => dispatch({ type: 'added', pictures: added }),
    remove: (id) => {
      revokeAll(pictures.filter((picture) => picture.id === id));
      dispatch({ type: 'removed', id });
    },
    clear: () => {
      revokeAll(pictures);
      dispatch({ type: 'cleared' });
    },
    tryVariants,
    leadWith: (lead) => dispatch({ type: 'led', lead }),
    retry,
    failed,
    retryAll,
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
  useLayoutEffect(() => {
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
  // Before the frame is drawn: no answer stands under a question that it was not given to.
  useLayoutEffect(() => {
    if (last.current !== question) {
      last.current = question;
      anew();
    }
  });
}

/** Calls `start` once for each picture in each round, with all that are new together. */
function useEachOnce(
  pictures: readonly LoadedPicture[],
  round: number,
  start: (fresh: readonly LoadedPicture[]) => void,
): void {
  const started = useRef<{ round: number; ids: Set<string> }>({ round, ids: new Set() });
  useEffect(() => {
    if (started.current.round !== round) started.current = { round, ids: new Set() };
    const { ids } = started.current;
    const fresh = pictures.filter(({ id }) => !ids.has(id));
    for (const { id } of fresh) ids.add(id);
    if (fresh.length > 0) start(fresh);
  });
}

function revokeAll(pictures: readonly LoadedPicture[]): void {
  revokeLater(pictures.map(({ url }) => url));
}
