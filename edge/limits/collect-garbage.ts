// Has the isolate look for its garbage while it works. workerd turns off V8's marking in steps, and without it what has outlived
// two looks at the newest objects is looked at only where something is put among the old ones directly: under a steady stream of
// long answers that took 15 s and 200 MiB, or did not happen at all (docs/decisions/one-machine-for-all.md). Objects of the runtime
// (requests, streams, headers) hang on what is not found. Does nothing where the runtime lends no `gc`: the local stack's does
// (infra/local/open-edge.ts); a deployment's isolates are the platform's to look after.

/** As V8 lends it. Asynchronous: with nothing on the stack, so that all garbage is known for what it is. */
export type Collect = (options: { readonly type: 'major'; readonly execution: 'async' }) => unknown;

type Collaborators = {
  readonly collect: Collect | undefined;
  readonly nowMs: () => number;
};

/**
 * A look takes some 16 ms. It follows on a second of work or so, by what was asked: a request, or 512 bytes of its body, counts as
 * one, a call to a worker as eight and 512 bytes of its answer as one, for what the runtime keeps of it until it is found to be
 * garbage. Who asks little leaves little.
 */
const afterLittle = { asked: 500, ms: 4000 } as const;
const afterMuch = { asked: 6000, ms: 1000 } as const;
/** Some 12 MiB of bodies and files: beside what it takes to receive those, a look is short. */
const afterVeryMuch = { asked: 24_576, ms: 50 } as const;
const bytesOfOne = 512;
const callWeight = 8;

export type Collector = {
  /** To be told of every request. */
  readonly asked: () => void;
  /** To be told of bytes of bodies, files and long answers, once they are there: what is only announced costs nobody a look. */
  readonly received: (bytes: number) => void;
  /** To be told of every call to a worker, and how long the answer is: a short request may ask for sixty-four large pictures. */
  readonly called: (answerBytes: number) => void;
};

export function createCollector({ collect, nowMs }: Collaborators): Collector {
  if (collect === undefined)
    return { asked: () => undefined, received: () => undefined, called: () => undefined };
  let asked = 0;
  let lastMs = nowMs();
  const note = (amount: number) => {
    asked += amount;
    if (asked < afterLittle.asked) return;
    const atMs = nowMs();
    const { ms } =
      asked < afterMuch.asked ? afterLittle : asked < afterVeryMuch.asked ? afterMuch : afterVeryMuch;
    if (atMs - lastMs < ms) return;
    asked = 0;
    lastMs = atMs;
    collect({ type: 'major', execution: 'async' });
  };
  return {
    asked: () => note(1),
    received: (bytes) => note(bytes / bytesOfOne),
    called: (answerBytes) => note(callWeight + answerBytes / bytesOfOne),
  };
}

/** Of this isolate. */
export const isolateGarbage: Collector = createCollector({
  collect: (globalThis as { readonly gc?: Collect }).gc,
  nowMs: Date.now,
});
