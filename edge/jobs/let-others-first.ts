// A store in whose calls everybody else goes first: storage that answers at once, on this very thread, would have one call follow on
// the other, and no socket looked at in between.

import { giveWay } from '../clients/breathe.ts';
import { isolateGarbage } from '../limits/collect-garbage.ts';

type Method = (...given: never[]) => Promise<unknown>;
type AsyncNames<Store> = { [Name in keyof Store]: Store[Name] extends Method ? Name : never }[keyof Store];

/** The same store, but for the calls of these names. Its statements, which others put into a transaction, are as they were. */
export function lettingOthersFirst<Store extends object>(
  store: Store,
  names: readonly AsyncNames<Store>[],
): Store {
  const polite = { ...store };
  for (const name of names) {
    const call = store[name] as Method;
    polite[name] = (async (...given: never[]) => {
      isolateGarbage.called(0);
      await giveWay();
      return call(...given);
    }) as Store[typeof name];
  }
  return polite;
}
