// Whether somebody who waits has come lately. While that is so, bulk work leaves room for the next one; else it takes all there is.
// One for each worker process, and one for each isolate of the edge.

export type Callers = {
  /** One has come. */
  readonly come: () => void;
  readonly areAbout: () => boolean;
};

/** Callers who come once a second find room each time; work that has a night to itself loses a second of it to one of them. */
const lingerMs = 1000;

export function createCallers(nowMs: () => number = () => performance.now()): Callers {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    come() {
      lastMs = nowMs();
    },
    areAbout: () => nowMs() - lastMs < lingerMs,
  };
}
