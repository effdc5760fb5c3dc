// What comes while the focus is elsewhere, told to screen readers and seen by nobody. One region for all screens, and one in each
// dialog, there before anything is said in them: a status that comes together with its text is not read out by all of them. An
// alert is; what is one is not told here too.

import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useRoute } from '../router.ts';

/**
 * Says these words once, when whoever listens has heard what is being said. `of`: what they are the latest of; what waits to be
 * said of that is out of date and not said.
 */
export type Tell = (words: string, of?: string) => void;

const silence = { words: '', turn: 0 };

const TellContext = createContext<Tell>(() => undefined);
const SaidContext = createContext(silence);

/** By then a dialog that has just closed covers the region no more, and a screen reader knows. */
const settlingMs = 100;

export function useTell(): Tell {
  return useContext(TellContext);
}

export function Told({ children }: { children: ComponentChildren }) {
  const route = useRoute();
  const [said, setSaid] = useState(silence);
  const say = useCallback((words: string) => setSaid(({ turn }) => ({ words, turn: turn + 1 })), []);
  const tell = useTellLater(say);
  // What was told of one screen is not found on the next. What led there is told there.
  useLayoutEffect(() => say(''), [route]);
  return (
    <TellContext.Provider value={tell}>
      <SaidContext.Provider value={said}>
        {children}
        <ToldHere />
      </SaidContext.Provider>
    </TellContext.Provider>
  );
}

/** What is told from when this is there. Of no use where a dialog covers it: a dialog has one of its own. */
export function ToldHere() {
  const { words, turn } = useContext(SaidContext);
  const [first] = useState(turn);
  return (
    <div class="told sr-only" role="status">
      {/* Another element each time: the same words may be news again. */}
      <p key={turn}>{turn > first && words}</p>
    </div>
  );
}

/** What is told together is said together: of two that come at once a screen reader may leave out the first. */
function useTellLater(say: (words: string) => void): Tell {
  const waiting = useRef(new Map<string, string>());
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback((words, of = words) => {
    if (waiting.current.size === 0) {
      timer.current = setTimeout(() => {
        const all = [...waiting.current.values()];
        waiting.current.clear();
        say(all.join('. '));
      }, settlingMs);
    }
    waiting.current.delete(of);
    waiting.current.set(of, words);
  }, []);
}

/** Tells `words` each time `news` is another than before. The first is none: it came with the screen. */
export function useTellNews(news: unknown, words: string): void {
  const tell = useTell();
  const of = useId();
  const last = useRef<unknown>();
  useEffect(() => {
    if (news === undefined) return;
    if (last.current !== undefined) tell(words, of);
    last.current = news;
  }, [news]);
}

/** How many quarters of it are done. */
export function quarterOf(done: number, total: number): number {
  return total === 0 ? 0 : Math.floor((4 * done) / total);
}

/** Work that somebody has set off: what comes of it is told in place of how far it was. */
export const deed = 'deed';

/** Tells `words` when a part of a deed begins, and after each quarter of that. What comes of it is for whoever set it off to tell. */
export function useTellSteps(part: string, done: number, total: number, words: string): void {
  const tell = useTell();
  const quarter = Math.min(3, quarterOf(done, total));
  useEffect(() => tell(words, deed), [part, quarter]);
}

export type UnderWay = { readonly id: string; readonly isUnderWay: boolean; readonly words: string };

/** Tells `words` of what was under way when it was last looked at, and no longer is. */
export function useTellEnds(all: readonly UnderWay[]): void {
  const tell = useTell();
  const open = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const ended = all.filter(({ id, isUnderWay }) => !isUnderWay && open.current.has(id));
    open.current = new Set(all.flatMap(({ id, isUnderWay }) => (isUnderWay ? [id] : [])));
    if (ended.length > 0) tell(ended.map(({ words }) => words).join('. '));
  });
}
