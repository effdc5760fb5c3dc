// What an isolate gathers and writes later: once for many answers, and again where the request that was to write it was cut off.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTurns } from '../../../edge/clients/turns.ts';
import { createDelayedFlush } from '../../../edge/delayed-flush.ts';
import { createShadowRecorder } from '../../../edge/limits/shadow-recorder.ts';
import { count } from '../../../edge/metrics/counters.ts';
import { createMetricsSums } from '../../../edge/metrics/metrics-sums.ts';
import { createAskShadow } from '../../../edge/use-cases/ask-shadow.ts';
import type { AskShadow } from '../../../edge/use-cases/classify.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The runtime has dropped the request: its timers are never heard of again. */
const cutOff = () => void vi.clearAllTimers();
const waitUntil = () => undefined;

type Schedule = (waitUntil: (promise: Promise<unknown>) => void) => void;

/** Each with something to write. */
const flushes: Readonly<Record<string, (write: () => Promise<void>) => Schedule>> = {
  itself: (write) => createDelayedFlush(write, 5000, 'test-flush'),
  'of shadows': (write) => {
    const recorder = createShadowRecorder({ add: write }, 5000);
    return (later) => {
      recorder.count({ tenantId: 't', name: 'n', version: 1, shadow: 2 }, 'cat', 'dog');
      recorder.scheduleFlush(later);
    };
  },
  'of metrics': (write) => {
    const sums = createMetricsSums({ getByName: () => ({ add: write, read: async () => ({}) }) }, 5000);
    return (later) => {
      count('a_test_total');
      sums.scheduleFlush(later);
    };
  },
};

describe.each(Object.entries(flushes))('a delayed flush (%s)', (_, create) => {
  let written: number;
  let schedule: Schedule;
  beforeEach(() => {
    written = 0;
    schedule = create(async () => {
      written += 1;
    });
  });

  test('is one for all answers until then', async () => {
    for (let answer = 0; answer < 10; answer++) schedule(waitUntil);
    await vi.advanceTimersByTimeAsync(5000);
    expect(written).toBe(1);
    schedule(waitUntil);
    await vi.advanceTimersByTimeAsync(5000);
    expect(written).toBe(2);
  });

  test('that was cut off is begun anew after a while', async () => {
    schedule(waitUntil);
    cutOff();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(written).toBe(0);
    schedule(waitUntil);
    await vi.advanceTimersByTimeAsync(5000);
    expect(written).toBe(1);
  });
});

test('candidates are asked again, a minute after those whose requests were cut off', async () => {
  let asked = 0;
  const turns = createTurns({ now: () => Date.now(), forgottenAfterMs: 60_000 });
  const askShadow = createAskShadow({ count: () => undefined, scheduleFlush: () => undefined }, turns);
  const sources = {
    projections: {
      shadowOf: () => 2,
      peek: () => undefined,
      get: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    },
  };
  const ask = () =>
    askShadow(
      { projection: 'animals' } as Parameters<AskShadow>[0],
      { head: { projection: { name: 'animals', version: 1 } } } as Parameters<AskShadow>[1],
      { tenantId: 't', later: () => undefined } as unknown as Parameters<AskShadow>[2],
      sources as unknown as Parameters<AskShadow>[3],
    );
  for (let request = 0; request < 10; request++) ask();
  await vi.advanceTimersByTimeAsync(20);
  expect(asked).toBe(2);
  await vi.advanceTimersByTimeAsync(60_000);
  ask();
  await vi.advanceTimersByTimeAsync(20);
  expect(asked).toBe(3);
});
