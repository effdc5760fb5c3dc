// Whether the service is there at all, whatever is behind it.

import { serviceRoot } from '../service-root.ts';

const patienceMs = 2000;

let looking: Promise<boolean> | undefined;

/** Whoever asks while it is being asked is told the same. */
export function serviceAnswers(): Promise<boolean> {
  looking ??= look().finally(() => {
    looking = undefined;
  });
  return looking;
}

async function look(): Promise<boolean> {
  const signal = AbortSignal.timeout(patienceMs);
  return fetch(`${serviceRoot}/healthz`, { cache: 'no-store', signal }).then(
    () => true,
    () => false,
  );
}
