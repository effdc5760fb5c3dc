// How many event streams a tenant may have open in an isolate.

import { expect, test } from 'vitest';
import { createOpenStreams, forgottenAfterMs, maxStreams } from '../../../edge/limits/open-streams.ts';

function fill(streams: ReturnType<typeof createOpenStreams>, tenantId: string, nowMs: number) {
  return Array.from({ length: maxStreams }, () => {
    const opened = streams.open(tenantId, nowMs);
    if (!opened.ok) throw new Error('there was room');
    return opened.value;
  });
}

test('a stream too many is told to come back, and only of the tenant that has so many', () => {
  const streams = createOpenStreams();
  const opened = fill(streams, 'a', 0);
  const refused = streams.open('a', 0);
  expect(refused).toMatchObject({ ok: false, error: { code: 'rate-limited', retryAfterSeconds: 10 } });
  expect(streams.open('b', 0).ok).toBe(true);
  // Told twice, as a stream that is cancelled and aborted is.
  opened[0]?.close();
  opened[0]?.close();
  expect(streams.open('a', 0).ok).toBe(true);
  expect(streams.open('a', 0).ok).toBe(false);
});

test('one that was dropped without a word makes room after a while; those that go on do not', () => {
  const streams = createOpenStreams();
  const [silent, ...others] = fill(streams, 'a', 0);
  for (const stream of others) stream.stillOpen(forgottenAfterMs);
  expect(streams.open('a', forgottenAfterMs).ok).toBe(false);
  expect(streams.open('a', forgottenAfterMs + 1).ok).toBe(true);
  expect(streams.open('a', forgottenAfterMs + 1).ok).toBe(false);
  // What it says late takes nobody's place.
  silent?.close();
  expect(streams.open('a', forgottenAfterMs + 1).ok).toBe(false);
});
