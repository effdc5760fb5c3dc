// What properties draw: the same in every run, unless somebody explores.

import { expect, test } from 'vitest';
import { fc, seedOf } from '../support/properties.ts';

test('draws the same with every run, and what is asked for where it is asked', () => {
  const drawn = () => fc.sample(fc.nat(), 5);
  expect(drawn()).toEqual(drawn());
  expect(seedOf(undefined)).toBe(seedOf(undefined));
  expect(seedOf('-17')).toBe(-17);
  const random = seedOf('random');
  expect(seedOf(`${random}`)).toBe(random);
});

test('refuses a seed that fast-check would cut', () => {
  expect(() => seedOf('often')).toThrow('FUZZ_SEED is "often"');
  expect(() => seedOf('4294967296')).toThrow(RangeError);
});
