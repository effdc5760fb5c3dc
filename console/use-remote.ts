// Loads something for a component: the answer, the error, and ways to load again.

import { useCallback, useEffect, useState } from 'preact/hooks';

export type Remote<T> = {
  /** The last answer; kept while it is loaded again. */
  readonly value: T | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  readonly reload: () => void;
};

/** `load` is called when `dependencies` change; its signal is aborted when they change again or the component goes. */
export function useRemote<T>(
  load: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
): Remote<T> {
  const [state, setState] = useState<{ value: T | undefined; error: unknown; isLoading: boolean }>({
    value: undefined,
    error: undefined,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  // The caller names what `load` depends on.
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setState((last) => ({ ...last, isLoading: true }));
    load(signal).then(
      (value) => signal.aborted || setState({ value, error: undefined, isLoading: false }),
      (error: unknown) => signal.aborted || setState({ value: undefined, error, isLoading: false }),
    );
    return () => controller.abort();
  }, [...dependencies, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  return { ...state, reload };
}

const reloadEveryMs = 5_000;

/** Loads again now and then while something of it is under way, and somebody looks. */
export function useReloadWhile(isUnderWay: boolean, reload: () => void): void {
  useEffect(() => {
    if (!isUnderWay) return;
    const timer = setInterval(() => document.hidden || reload(), reloadEveryMs);
    return () => clearInterval(timer);
  }, [isUnderWay, reload]);
}

/** Every item of a list, page after page. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
