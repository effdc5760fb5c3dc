// When tests of what is counted by the day begin: not shortly before its end.

import { expect, test } from 'vitest';
import { waitForRoomMs } from '../support/one-day.ts';

test.each([
  ['2026-11-26T00:00:00.000Z', 0],
  ['2026-11-26T23:50:00.000Z', 0],
  ['2026-11-26T23:50:00.001Z', 599_999],
  ['2026-11-26T23:59:59.999Z', 1],
])('what begins at %s waits %i ms', (now, waitMs) => {
  expect(waitForRoomMs(Date.parse(now))).toBe(waitMs);
});
