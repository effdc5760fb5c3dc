import { expect, test, vi } from 'vitest';
import { createTiming } from '../../../edge/timing.ts';
import { startWorkClock } from '../../../edge/use-cases/work-clock.ts';

test('the parts of work at a worker add up to what it was waited for', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const timing = createTiming();
    const clock = startWorkClock();
    vi.advanceTimersByTime(5);
    await clock.run(async () => vi.advanceTimersByTime(40));
    vi.advanceTimersByTime(2);
    clock.tell(timing, { totalMs: 30, decodeMs: 12, modelMs: 8 });
    expect(timing.header()).toBe('plan;dur=7, hop;dur=10, worker;dur=10, decode;dur=12, model;dur=8');
    expect(timing.sumMs()).toBe(47);
  } finally {
    vi.useRealTimers();
  }
});

test('of a worker that says nothing the way there and back is all that is known', async () => {
  const timing = createTiming();
  const clock = startWorkClock();
  await clock.run(async () => undefined);
  clock.tell(timing, undefined);
  expect(timing.header()).toMatch(/^plan;dur=[\d.]+, hop;dur=[\d.]+$/);
});
