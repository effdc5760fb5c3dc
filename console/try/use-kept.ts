// What was said right of pictures under answers of a projection's name: what the service keeps, and what is said here meanwhile. Told
// to the bench, where a label that someone has put right counts for what the picture shows.

import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { useSession } from '../session/session-context.ts';
import { collect, useRemote } from '../use-remote.ts';
import type { Bench } from './bench.ts';

export type Kept = {
  readonly labelOf: (sha256: string) => string | undefined;
  readonly keep: (sha256: string, label: string) => void;
};

type Said = { readonly name: string; readonly sha256: string; readonly label: string };

/** `name`: nothing where the key may not see corrections, or no projection is asked. */
export function useKept({ tell }: Pick<Bench, 'tell'>, name: string | undefined): Kept {
  const { client } = useSession();
  const stored = useRemote(
    async (signal) =>
      name === undefined ? [] : collect(client.corrections.of(name).list({ limit: 100, signal })),
    [client, name],
  );
  const [said, setSaid] = useState<readonly Said[]>([]);
  const labels = useMemo(() => {
    const before = (stored.value ?? []).filter(({ projection }) => projection === name);
    const here = said.filter((one) => one.name === name);
    return new Map([...before, ...here].map(({ sha256, label }) => [sha256, label]));
  }, [stored.value, said, name]);
  // Before the frame is drawn, so that the grid's counts never lag behind what a card says.
  useLayoutEffect(() => {
    if (labels.size > 0) tell(labels);
  }, [labels]);
  return {
    labelOf: (sha256) => labels.get(sha256),
    keep: (sha256, label) => {
      if (name !== undefined) setSaid((last) => [...last, { name, sha256, label }]);
    },
  };
}
