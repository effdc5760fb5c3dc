// How each profile looks to a projection, asked for all of them at once.

import type { Environment, EnvironmentFit } from '#shared/contracts/environment.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { useSession } from '../session/session-context.ts';
import { isUsable } from '../try/use-try.ts';
import { type Remote, useRemote } from '../use-remote.ts';

export type HeadFit = EnvironmentFit['heads'][number];

/** By the profile's name; without those that the projection cannot use. */
export function useFits(
  environments: readonly Environment[],
  projection: Projection | undefined,
): Remote<ReadonlyMap<string, readonly HeadFit[]>> {
  const { client } = useSession();
  const usable = environments.filter((environment) => isUsable(environment, projection));
  const states = usable.map(({ name, revision }) => `${name}:${revision}`).join('\n');
  return useRemote(
    async (signal) => {
      const fits = usable.map(async ({ name }) => {
        const { fit } = await client.environments.get(name, { projection: projection?.id, signal });
        return [name, fit?.heads ?? []] as const;
      });
      return new Map(await Promise.all(fits));
    },
    [client, projection?.id, states],
  );
}
