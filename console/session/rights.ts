// What the key may do, so that nobody is shown a button that would only be refused.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Scope } from '#shared/contracts/tenant.ts';
import type { Screen } from '../router.ts';

export type Rights = { readonly may: (...all: readonly Scope[]) => boolean };

/** Where it is not known what the key may do, everything is shown: the service decides in any case. */
export const allRights: Rights = { may: () => true };

export const RightsContext = createContext<Rights>(allRights);

export function rightsOf(scopes: readonly Scope[] | undefined): Rights {
  return scopes === undefined ? allRights : { may: (...all) => all.every((scope) => scopes.includes(scope)) };
}

export function useRights(): Rights {
  return useContext(RightsContext);
}

/** Whether there is anything on the screen that the key may do. */
export function maySee(screen: Screen, { may }: Rights): boolean {
  switch (screen) {
    case 'try':
    case 'batches':
      return may('classify');
    case 'fit':
      return may('datasets', 'projections');
    case 'projections':
    case 'environments':
      return may('projections') || may('classify');
    case 'account':
      return may('keys:manage') || may('webhooks:manage');
  }
}
