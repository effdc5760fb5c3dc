import { expect, test } from 'vitest';
import { describeBytes } from '#shared/describe-bytes.ts';

test('names limits exactly, in the largest unit that needs no rounding', () => {
  expect([0, 1023, 1024, 1536, 33_554_432, 33_554_433].map(describeBytes)).toEqual([
    '0 bytes',
    '1023 bytes',
    '1 KiB',
    '1536 bytes',
    '32 MiB',
    '33554433 bytes',
  ]);
});
