// What comes while the focus is elsewhere, told to screen readers and seen by nobody. One region for all screens, there before
// anything is said in it. What is an alert or a status itself is not told here too.

import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useRoute } from '../router.ts';

/** Says these words once, when whoever listens has heard what is being said. */
export type Tell = (words: string) => void;

const TellContext = createContext<Tell>(() => undefined);

export function useTell(): Tell {
  return useContext(TellContext);
}

export function Told({ children }: { children: ComponentChildren }) {
  const route = useRoute();
  const [said, setSaid] = useState({ words: '', turn: 0 });
  const tell = useCallback<Tell>((words) => setSaid(({ turn }) => ({ words, turn: turn + 1 })), []);
  // What was told of one screen is not found on the next, of which nothing can be told yet.
  useLayoutEffect(() => tell(''), [route]);
  return (
    <TellContext.Provider value={tell}>
      {children}
      <div class="told sr-only" role="status">
        {/* Another element each time: the same words may be news again. */}
        <p key={said.turn}>{said.words}</p>
      </div>
    </TellContext.Provider>
  );
}

/** Tells `words` each time `news` is another than before. The first is none: it came with the screen. */
export function useTellNews(news: unknown, words: string): void {
  const tell = useTell();
  const last = useRef<unknown>();
  useEffect(() => {
    if (news === undefined) return;
    if (last.current !== undefined) tell(words);
    last.current = news;
  }, [news]);
}

type UnderWay = { readonly id: string; readonly isUnderWay: boolean; readonly words: string };

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
