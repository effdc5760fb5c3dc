// fast-check with one seed for every property of the tests: a run draws what the run before it drew, so that a test which passed
// fails only for a change. FUZZ_SEED explores: a number is the seed, `random` draws one. No property gives a seed of its own.

import fc from 'fast-check';

const usualSeed = 20_261_126;

/** The given seed, a drawn one for `random`, the usual one for nothing. */
export function seedOf(given: string | undefined): number {
  if (given === undefined || given === '') return usualSeed;
  const seed = given === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isInteger(seed) || seed !== (seed | 0)) {
    throw new RangeError(`FUZZ_SEED is "${given}": neither a 32-bit integer nor "random".`);
  }
  return seed;
}

const { FUZZ_SEED: given } = process.env;
const seed = seedOf(given);
// A failure says the seed by itself; what hangs or crashes does not, so a drawn one is said before.
if (seed !== usualSeed) console.info(`FUZZ_SEED=${seed}`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

export { fc };
