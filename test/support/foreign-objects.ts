// One object of each kind that routes have in their paths, owned by a given tenant, so that another tenant can be
// refused it. A route with a new kind of parameter needs a maker here; the authorisation suite says so.

import type { Edge } from './edge.ts';
import type { TestTenant } from './edge-callers.ts';

type Maker = (edge: Edge, owner: TestTenant) => Promise<string>;

/** By the parameter's name in the path. */
export const objectMakers: Readonly<Record<string, Maker>> = {
  key: async (_edge, owner) => owner.keyId,
};
