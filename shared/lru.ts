// A map that forgets what was used longest ago once its values weigh more than a bound, and what is older than a bound. In
// memory, so no more than a hint: whoever uses it can get the value elsewhere.

export type Lru<Value> = {
  get(key: string, nowMs?: number): Value | undefined;
  /** Weighs 1 where nothing else is said, so that the bound is one of entries. What weighs more than the bound is not kept. */
  set(key: string, value: Value, weight?: number, nowMs?: number): void;
  /** Without counting as a use. */
  has(key: string): boolean;
  /** Forgets until so much more would fit, where it can: for who is about to make what it will keep. */
  makeRoom(weight: number): void;
  delete(key: string): void;
  /** Entries may be deleted while they are gone through. */
  entries(): Iterable<readonly [key: string, value: Value]>;
  clear(): void;
  readonly weight: number;
};

type Entry<Value> = { readonly value: Value; readonly weight: number; readonly untilMs: number };

export function createLru<Value>({
  maxWeight,
  ttlMs = Number.POSITIVE_INFINITY,
}: {
  readonly maxWeight: number;
  readonly ttlMs?: number;
}): Lru<Value> {
  // A Map iterates in the order of insertion; taking an entry out and putting it back makes it the youngest.
  const kept = new Map<string, Entry<Value>>();
  // Nearly always it is the one asked for last time, and need not be moved: a map that is always moved about makes garbage.
  let youngest: string | undefined;
  let total = 0;
  const remove = (key: string): void => {
    const entry = kept.get(key);
    if (entry !== undefined && kept.delete(key)) total -= entry.weight;
    if (key === youngest) youngest = undefined;
  };
  const shrinkTo = (weight: number) => {
    for (const oldest of kept.keys()) {
      if (total <= weight) break;
      remove(oldest);
    }
  };
  return {
    get(key, nowMs = 0) {
      const entry = kept.get(key);
      if (entry === undefined) return undefined;
      if (nowMs >= entry.untilMs) {
        remove(key);
        return undefined;
      }
      if (key !== youngest) {
        kept.delete(key);
        kept.set(key, entry);
        youngest = key;
      }
      return entry.value;
    },
    set(key, value, weight = 1, nowMs = 0) {
      remove(key);
      if (weight > maxWeight) return;
      kept.set(key, { value, weight, untilMs: nowMs + ttlMs });
      youngest = key;
      total += weight;
      shrinkTo(maxWeight);
    },
    has: (key) => kept.has(key),
    makeRoom: (weight) => {
      if (weight <= maxWeight) shrinkTo(maxWeight - weight);
    },
    delete: remove,
    *entries() {
      for (const [key, { value }] of kept) yield [key, value] as const;
    },
    clear() {
      kept.clear();
      youngest = undefined;
      total = 0;
    },
    get weight() {
      return total;
    },
  };
}
