// How each environment's pictures have been, asked for all of them at once.

import type { Environment } from '#shared/contracts/environment.ts';
import type { Watch } from '#shared/contracts/watch.ts';
import { useSession } from '../session/session-context.ts';
import { type Remote, useRemote } from '../use-remote.ts';

/** Those that were watched, in the order of the profiles. */
export function useWatches(environments: readonly Environment[]): Remote<readonly Watch[]> {
  const { client } = useSession();
  const states = environments.map(({ name, revision }) => `${name}:${revision}`).join('\n');
  return useRemote(
    async (signal) => {
      const all = await Promise.all(
        environments.map(({ name }) => client.environments.watch(name, { signal })),
      );
      return all.filter(({ state }) => state !== 'unwatched');
    },
    [client, states],
  );
}
