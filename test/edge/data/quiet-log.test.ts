// Whoever makes calls fail does not fill the log with it.

import { expect, test } from 'vitest';
import { createQuietLog } from '../../../edge/clients/quiet-log.ts';
import type { LogEntry } from '../../../edge/log.ts';

test('a quiet log says the same thing once a second, and how often it would have', () => {
  const written: LogEntry[] = [];
  let nowMs = 0;
  const log = createQuietLog(
    (entry) => void written.push(entry),
    () => nowMs,
  );
  const entry = (path: string, attempt: number, more = {}): LogEntry => {
    const about = { path, reason: 'answered 429', attempt, ...more };
    return { level: 'warn', event: 'worker-call-failed', requestId: 'r', about };
  };
  for (let attempt = 0; attempt < 50; attempt++) log(entry('/v1/fetch', attempt));
  log(entry('/v1/solve', 0));
  nowMs = 1000;
  log(entry('/v1/fetch', 50));
  expect(written).toEqual([
    entry('/v1/fetch', 0),
    entry('/v1/solve', 0),
    entry('/v1/fetch', 50, { unsaid: 49 }),
  ]);
});
