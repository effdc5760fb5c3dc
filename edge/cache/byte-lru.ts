// A map that forgets what was used longest ago once its values weigh more than a bound, and what is older than a bound.
// In the isolate's memory, so no more than a hint: whoever uses it can get the value elsewhere.

export type ByteLru<Value> = {
  get(key: string, nowMs: number): Value | undefined;
  set(key: string, value: Value, bytes: number, nowMs: number): void;
  delete(key: string): void;
  readonly bytes: number;
};

type Entry<Value> = { readonly value: Value; readonly bytes: number; readonly untilMs: number };

export function createByteLru<Value>({
  maxBytes,
  ttlMs = Number.POSITIVE_INFINITY,
}: {
  readonly maxBytes: number;
  readonly ttlMs?: number;
}): ByteLru<Value> {
  // A Map iterates in the order of insertion; taking an entry out and putting it back makes it the youngest.
  const entries = new Map<string, Entry<Value>>();
  let total = 0;
  const remove = (key: string): Entry<Value> | undefined => {
    const entry = entries.get(key);
    if (entry !== undefined && entries.delete(key)) total -= entry.bytes;
    return entry;
  };
  return {
    get(key, nowMs) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (nowMs >= entry.untilMs) {
        total -= entry.bytes;
        return undefined;
      }
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes, nowMs) {
      remove(key);
      if (bytes > maxBytes) return;
      entries.set(key, { value, bytes, untilMs: nowMs + ttlMs });
      total += bytes;
      for (const oldest of entries.keys()) {
        if (total <= maxBytes) break;
        remove(oldest);
      }
    },
    delete: (key) => void remove(key),
    get bytes() {
      return total;
    },
  };
}
