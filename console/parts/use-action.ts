// One thing a user can set off: whether it runs, and the error it ended with.

import { useCallback, useState } from 'preact/hooks';

export type Action<Arguments extends readonly unknown[]> = {
  readonly run: (...values: Arguments) => Promise<void>;
  readonly isRunning: boolean;
  readonly error: unknown;
  readonly clear: () => void;
};

/** Errors of `work` are kept for showing; an aborted signal is no error. */
export function useAction<Arguments extends readonly unknown[]>(
  work: (...values: Arguments) => Promise<void>,
): Action<Arguments> {
  const [state, setState] = useState<{ isRunning: boolean; error: unknown }>({
    isRunning: false,
    error: undefined,
  });
  const run = async (...values: Arguments) => {
    setState({ isRunning: true, error: undefined });
    try {
      await work(...values);
      setState({ isRunning: false, error: undefined });
    } catch (error) {
      const wasStopped = error instanceof DOMException && error.name === 'AbortError';
      setState({ isRunning: false, error: wasStopped ? undefined : error });
    }
  };
  const clear = useCallback(() => setState({ isRunning: false, error: undefined }), []);
  return { ...state, run, clear };
}
