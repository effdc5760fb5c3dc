// So many of one owner at once, the rest in line, first come first served. All owners of an isolate share its one thread, so who has
// hundreds under way would put everybody else at the end of a queue of hundreds. Knows no requests and does no I/O.
//
// A place is let go of by who holds it. A request whose caller has gone may end without a word (the runtime drops it), so a
// place that is held for very long counts as let go.

/** Gives the place back; a second call does nothing. */
export type Leave = () => void;

export type TurnLimits = {
  /** Of this owner. */
  readonly atOnce: number;
  /** Of this owner; beyond it they are refused at once. */
  readonly maxWaiting: number;
  readonly waitMs: number;
};

export type Turns = {
  /** `undefined`: too many wait, or the wait was too long. `signal` is asked for only where there is a wait. */
  readonly enter: (
    owner: string,
    limits: TurnLimits,
    signal?: () => AbortSignal,
  ) => Leave | undefined | Promise<Leave | undefined>;
};

type Place = { untilMs: number };
type Waiter = { readonly admit: (place: Place) => void };
type Line = { atOnce: number; readonly inside: Set<Place>; readonly waiting: Set<Waiter> };

/** How soon one that is let in out of the line has to say that it is still there. */
const answerMs = 1000;

export function createTurns({
  now,
  forgottenAfterMs,
}: {
  readonly now: () => number;
  readonly forgottenAfterMs: number;
}): Turns {
  const lines = new Map<string, Line>();
  // Most requests find nobody there and leave nobody: the line that one has left empty is the next one's.
  let spare: Line | undefined;

  const lineOf = (owner: string, atOnce: number): Line => {
    const known = lines.get(owner);
    if (known !== undefined) {
      known.atOnce = atOnce;
      return known;
    }
    const line = spare ?? { atOnce, inside: new Set<Place>(), waiting: new Set<Waiter>() };
    spare = undefined;
    line.atOnce = atOnce;
    lines.set(owner, line);
    return line;
  };

  const admitNext = (owner: string, line: Line) => {
    for (const waiter of line.waiting) {
      if (line.inside.size >= line.atOnce) return;
      line.waiting.delete(waiter);
      const place = { untilMs: now() + answerMs };
      line.inside.add(place);
      waiter.admit(place);
    }
    if (line.inside.size > 0 || line.waiting.size > 0 || lines.get(owner) !== line) return;
    lines.delete(owner);
    spare = line;
  };

  const hold = (owner: string, line: Line, place: Place): Leave => {
    place.untilMs = now() + forgottenAfterMs;
    return () => {
      if (line.inside.delete(place)) admitNext(owner, line);
    };
  };

  const forgetOld = (owner: string, line: Line) => {
    const nowMs = now();
    for (const place of line.inside) if (place.untilMs <= nowMs) line.inside.delete(place);
    if (line.waiting.size > 0) admitNext(owner, line);
  };

  return {
    enter(owner, limits, signal) {
      const line = lineOf(owner, limits.atOnce);
      if (line.inside.size >= limits.atOnce) forgetOld(owner, line);
      if (line.inside.size < limits.atOnce && line.waiting.size === 0) {
        const place = { untilMs: 0 };
        line.inside.add(place);
        return hold(owner, line, place);
      }
      if (line.waiting.size >= limits.maxWaiting) return undefined;
      return waitIn(line, limits.waitMs, signal?.()).then((place) =>
        place === undefined ? undefined : hold(owner, line, place),
      );
    },
  };
}

/** What isolates are made with. */
export function isolateTurns(): Turns {
  return createTurns({ now: () => Date.now(), forgottenAfterMs: 60_000 });
}

/**
 * Whoever makes room is another request: it only resolves, and timer and signal are looked after by the one that waits. The timer also
 * keeps a request alive that waits for nothing else. Who leaves frees its place in the line.
 */
async function waitIn(
  line: Line,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<Place | undefined> {
  const { promise, resolve } = Promise.withResolvers<Place | undefined>();
  const waiter = { admit: resolve };
  const giveUp = () => {
    line.waiting.delete(waiter);
    resolve(undefined);
  };
  const timer = setTimeout(giveUp, waitMs);
  signal?.addEventListener('abort', giveUp, { once: true });
  line.waiting.add(waiter);
  const place = await promise;
  clearTimeout(timer);
  signal?.removeEventListener('abort', giveUp);
  return place;
}
