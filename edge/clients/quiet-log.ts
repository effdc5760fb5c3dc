// A log that says the same thing once a second at most, and how often it would have: who makes calls fail does not fill it.

import type { Log } from '../log.ts';

const quietMs = 1000;
const maxKinds = 1000;

export function createQuietLog(log: Log, now: () => number): Log {
  const kinds = new Map<string, { sinceMs: number; unsaid: number }>();
  return (entry) => {
    const { path = '', reason = '' } = entry.about ?? {};
    const name = `${entry.event} ${path} ${reason}`;
    const kind = kinds.get(name);
    if (kind !== undefined && now() - kind.sinceMs < quietMs) {
      kind.unsaid += 1;
      return;
    }
    if (kinds.size >= maxKinds) kinds.clear();
    kinds.set(name, { sinceMs: now(), unsaid: 0 });
    const unsaid = kind?.unsaid ?? 0;
    log(unsaid === 0 ? entry : { ...entry, about: { ...entry.about, unsaid } });
  };
}
