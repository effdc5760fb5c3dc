// Which pictures are fitted on and which are tested, under each protocol. Depends on the seed and on the pictures' own
// hashes, never on their order.

import { createHash } from 'node:crypto';
import type { EnvironmentData } from './evaluation-data.ts';

export const protocols = ['full', '20-percent', 'open-class'] as const;
export type Protocol = (typeof protocols)[number];

export const protocolDefinitions: Readonly<Record<Protocol, string>> = {
  full: 'Fitted and chosen on every picture of the sources, tested on the pictures of the target.',
  '20-percent':
    "DomainBed's hold-out: the seed sets 20 % of each environment apart. Fitted and chosen on the other 80 % of the " +
    'source environments, tested on the 20 % of the target.',
  'open-class':
    'The seed draws half of the classes as known. Fitted and chosen on pictures of known classes of the other ' +
    'environments, tested on the pictures of the target with the labels of all classes to choose from.',
};

export type Split = {
  /** For each environment, the rows that may be fitted on where it is a source. */
  readonly fitRows: readonly (readonly number[])[];
  /** For each environment, the rows that are tested where it is the target. */
  readonly testRows: readonly (readonly number[])[];
  /** The classes a fit knows, ascending; all but under `open-class`. */
  readonly knownClasses: readonly number[];
};

const heldOutShare = 0.2;

export function splitPictures(
  protocol: Protocol,
  environments: readonly EnvironmentData[],
  classNames: readonly string[],
  seed: number,
): Split {
  const all = environments.map(({ classes }) => [...classes.keys()]);
  const everyClass = [...classNames.keys()];
  if (protocol === 'full') return { fitRows: all, testRows: all, knownClasses: everyClass };
  if (protocol === 'open-class') {
    const order = shuffled(everyClass, (index) => classNames[index] ?? '', seed);
    const knownClasses = order.slice(0, Math.ceil(everyClass.length / 2)).toSorted((a, b) => a - b);
    const known = new Set(knownClasses);
    const fitRows = environments.map(({ classes }) =>
      [...classes.keys()].filter((row) => known.has(classes[row] as number)),
    );
    return { fitRows, testRows: all, knownClasses };
  }
  const orders = environments.map(({ sha256 }, index) =>
    shuffled(all[index] ?? [], (row) => sha256[row] ?? '', seed),
  );
  const heldOut = orders.map((order) => Math.max(1, Math.round(order.length * heldOutShare)));
  return {
    fitRows: orders.map((order, index) => order.slice(heldOut[index]).toSorted((a, b) => a - b)),
    testRows: orders.map((order, index) => order.slice(0, heldOut[index]).toSorted((a, b) => a - b)),
    knownClasses: everyClass,
  };
}

/** In an order that the seed and the names decide alone. */
export function shuffled(items: readonly number[], nameOf: (item: number) => string, seed: number): number[] {
  const keys = new Map(
    items.map((item) => [
      item,
      createHash('sha256')
        .update(`${seed}\0${nameOf(item)}`)
        .digest('hex'),
    ]),
  );
  const keyOf = (item: number) => keys.get(item) ?? '';
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : a - b));
}
