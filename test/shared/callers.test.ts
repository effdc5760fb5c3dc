// For how long a caller counts as being about.

import { expect, test } from 'vitest';
import { createCallers } from '../../shared/callers.ts';

test('callers are about for a while after the last has come, and not before the first', () => {
  let nowMs = 0;
  const callers = createCallers(() => nowMs);
  expect(callers.areAbout()).toBe(false);
  callers.come();
  nowMs += 600;
  expect(callers.areAbout()).toBe(true);
  callers.come();
  nowMs += 600;
  expect(callers.areAbout()).toBe(true);
  nowMs += 600;
  expect(callers.areAbout()).toBe(false);
});
