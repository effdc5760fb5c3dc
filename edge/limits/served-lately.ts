// Whether a tenant is alone in an isolate: its shares and paces are for the sake of others, who are there or are not.

export type ServedLately = {
  /** Whether no other tenant was served just now; this one counts as served. */
  readonly isAlone: (tenantId: string) => boolean;
  /** The same question, by work that is no request and makes nobody wait for it. */
  readonly hasOthers: (tenantId: string) => boolean;
};

/** So long after its last request a tenant counts as being served. */
const presentMs = 2_000;

export function createServedLately(now: () => number): ServedLately {
  // Who came last, and who came last before them.
  let latest = { id: '', atMs: Number.NEGATIVE_INFINITY };
  let other = latest;
  const isLately = ({ atMs }: typeof latest) => now() - atMs <= presentMs;
  return {
    isAlone(id) {
      if (latest.id === id) latest.atMs = now();
      else {
        other = latest;
        latest = { id, atMs: now() };
      }
      return !isLately(other);
    },
    hasOthers: (id) => isLately(latest.id === id ? other : latest),
  };
}
