// One caller's many requests beside another's few: places at work, lines, and answers that come late. By the parts themselves with
// a held clock; and in the runtime, where one request makes room for another.

import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { createTurns } from '../../../edge/clients/turns.ts';
import { createByteBudget, isolateBodies } from '../../../edge/limits/byte-budget.ts';
import { createLateAnswers } from '../../../edge/limits/late-answers.ts';
import { createPace, type PaceKind } from '../../../edge/limits/pace.ts';
import { atWork, createRequestShares } from '../../../edge/limits/request-share.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { bearer, makeTenant, type TestTenant } from '../../support/edge-callers.ts';

const aLine = { atOnce: 2, maxWaiting: 2, waitMs: 1000 };

describe('turns', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const make = () => createTurns({ now: () => Date.now(), forgottenAfterMs: 30_000 });

  test('let so many of one owner in, and the next as soon as one leaves', async () => {
    const turns = make();
    const first = await turns.enter('a', aLine);
    await turns.enter('a', aLine);
    let isIn = false;
    const third = Promise.resolve(turns.enter('a', aLine)).then((leave) => {
      isIn = leave !== undefined;
    });
    expect(await turns.enter('b', aLine)).toBeTypeOf('function');
    expect(isIn).toBe(false);
    first?.();
    first?.();
    await third;
    expect(isIn).toBe(true);
  });

  test('are taken in the order in which they were asked for, and not by who comes later', async () => {
    const turns = make();
    const one = { ...aLine, atOnce: 1 };
    const first = await turns.enter('a', one);
    const order: number[] = [];
    const wait = (index: number) =>
      Promise.resolve(turns.enter('a', one)).then((leave) => {
        order.push(index);
        leave?.();
      });
    const waiting = [wait(1), wait(2)];
    first?.();
    await Promise.all([...waiting, wait(3)]);
    expect(order).toEqual([1, 2, 3]);
  });

  test('are refused where the line is long, or the wait', async () => {
    const turns = make();
    await turns.enter('a', aLine);
    await turns.enter('a', aLine);
    const waiting = [turns.enter('a', aLine), turns.enter('a', aLine)];
    expect(await turns.enter('a', aLine)).toBeUndefined();
    vi.advanceTimersByTime(1000);
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  });

  test('are not kept for who has left, in line or inside', async () => {
    const turns = make();
    const one = { ...aLine, atOnce: 1 };
    await turns.enter('a', one);
    const caller = new AbortController();
    const gone = turns.enter('a', one, () => caller.signal);
    caller.abort();
    expect(await gone).toBeUndefined();
    // The first has ended without a word.
    vi.advanceTimersByTime(30_000);
    expect(await turns.enter('a', one)).toBeTypeOf('function');
  });
});

describe('a pace', () => {
  const tenant = (id: string, requestsPerMinute = 6000, weight = 1) => ({
    id,
    limits: { requestsPerMinute, weight },
  });

  test('lets some requests begin at once, and then twice what the plan allows by the minute', () => {
    const pace = createPace();
    const waits = Array.from({ length: 64 + 100 }, () => pace.waitFor('pictures', tenant('a'), 0));
    expect(waits.slice(0, 64)).toEqual(new Array(64).fill(0));
    expect(waits.at(-1)).toBe(500);
    expect(pace.waitFor('pictures', tenant('b'), 0)).toBe(0);
    // Whoever keeps to the plan never waits.
    const kept = Array.from({ length: 1000 }, (_, index) =>
      pace.waitFor('pictures', tenant('c'), index * 10),
    );
    expect(Math.max(...kept.map((wait) => wait ?? 1))).toBe(0);
  });

  test('refuses what would wait behind hundreds, without counting it', () => {
    const pace = createPace();
    const waits = Array.from({ length: 1000 }, () => pace.waitFor('pictures', tenant('a'), 0));
    expect(waits.filter((wait) => wait !== undefined)).toHaveLength(64 + 256);
    expect(pace.waitFor('pictures', tenant('a'), 5)).toBe(64 * 5 + 256 * 5 - 64 * 5);
  });

  test('is no slower than ten a second for a small plan, which its rate holds', () => {
    const pace = createPace();
    for (let index = 0; index < 64; index++) pace.waitFor('pictures', tenant('a', 1), 0);
    expect(pace.waitFor('pictures', tenant('a', 1), 0)).toBe(100);
  });

  test('has reads and changes of rows begin more slowly, by the plan’s weight, and none of them holds up a picture', () => {
    const pace = createPace();
    const waits = (kind: PaceKind, weight: number) =>
      Array.from({ length: 64 + 20 }, () => pace.waitFor(kind, tenant(`of ${weight}`, 6000, weight), 0));
    expect(waits('changes', 1).slice(63)).toEqual(Array.from({ length: 21 }, (_, index) => index * 100));
    expect(waits('changes', 4).at(-1)).toBe(20 * 25);
    expect(waits('reads', 1).at(-1)).toBe(20 * 40);
    expect(waits('jobs', 1).at(-1)).toBeCloseTo((20 * 1000) / 3, 6);
    expect(waits('pictures', 1).at(-1)).toBe(20 * 5);
    // However great the weight, no faster than pictures.
    expect(waits('changes', 100).at(-1)).toBe(20 * 5);
  });

  test('has files sent at so many bytes a second, by the plan’s weight, after what may go at once', () => {
    const pace = createPace();
    const mebibyte = 1024 * 1024;
    const waits = (weight: number) =>
      Array.from({ length: 5 }, () =>
        pace.waitForBytes(16 * mebibyte, tenant(`of ${weight}`, 6000, weight), 0),
      );
    expect(waits(1)).toEqual([0, 0, 1000, 2000, 3000]);
    expect(waits(2)).toEqual([0, 0, 500, 1000, 1500]);
    expect(pace.waitForBytes(200 * mebibyte, tenant('other'), 0)).toBeUndefined();
  });

  test('has a tenant’s work take 0.3 of the thread times its weight, after 200 ms at once', () => {
    const pace = createPace();
    const waits = (weight: number) =>
      Array.from({ length: 5 }, () =>
        Math.round(pace.waitForWork(90, tenant(`of ${weight}`, 6000, weight), 0) ?? Number.NaN),
      );
    expect(waits(1)).toEqual([0, 0, 233, 533, 833]);
    expect(waits(3)).toEqual([0, 0, 78, 178, 278]);
    expect(pace.waitFor('pictures', tenant('of 1'), 0)).toBe(0);
    expect(pace.waitForWork(4000, tenant('other'), 0)).toBeUndefined();
    expect(pace.waitForWork(90, tenant('other'), 0)).toBe(0);
  });

  test('keeps no change waiting longer than ten seconds', () => {
    const pace = createPace();
    const waits = Array.from({ length: 400 }, () => pace.waitFor('changes', tenant('a'), 0));
    expect(waits.filter((wait) => wait !== undefined)).toHaveLength(64 + 100);
  });
});

describe('the share of a request', () => {
  const make = () => {
    let nowMs = 0;
    const now = () => nowMs;
    const shares = createRequestShares({
      bodies: createByteBudget(isolateBodies),
      turns: createTurns({ now, forgottenAfterMs: 30_000 }),
      now,
    });
    const neverLeaves = () => new AbortController().signal;
    const open = (id: string, weight = 1, kind: PaceKind = 'pictures') =>
      shares.ofTenant({ id, limits: { weight, requestsPerMinute: 6000 } }, kind, neverLeaves);
    /** How many of so many get in without a wait. */
    const enter = (id: string, count: number, bytes = 0, weight = 1) =>
      Array.from({ length: count }, () => open(id, weight)).filter(
        (share) => share.enter(bytes) === undefined,
      ).length;
    const pass = (durationMs: number) => {
      nowMs += durationMs;
    };
    return { open, enter, pass, beforeJobWork: shares.beforeJobWork };
  };

  test('is large for who is alone, small beside others, and by weight', () => {
    expect(make().enter('a', 100)).toBe(100);
    const beside = make();
    beside.enter('b', 1);
    expect(beside.enter('a', 100)).toBe(atWork.shared.small);
    expect(beside.enter('c', 100, 0, 3)).toBe(3 * atWork.shared.small);
    const later = make();
    later.enter('b', 1);
    later.pass(2001);
    expect(later.enter('a', 100)).toBe(100);
  });

  test('counts large requests in a line of their own', () => {
    const { enter } = make();
    enter('b', 1);
    expect(enter('a', 10, 2 ** 20)).toBe(atWork.shared.large);
    expect(enter('a', 10)).toBe(atWork.shared.small);
  });

  test('is another request’s while a worker is waited for, and taken again afterwards', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { open, enter } = make();
    enter('b', 1);
    const [first, ...rest] = Array.from({ length: atWork.shared.small }, () => open('a'));
    for (const share of [first, ...rest]) share?.enter(0);
    const work = Promise.withResolvers<void>();
    const away = first?.whileAway(() => work.promise);
    const next = open('a');
    expect(next.enter(0)).toBeUndefined();
    expect(enter('a', 1)).toBe(0);
    rest[0]?.close();
    work.resolve();
    // It is answered, also where the line is so long that it finds no place again.
    await Promise.all([away, vi.advanceTimersByTimeAsync(10_000)]);
    expect(enter('a', 1)).toBe(0);
    next.close();
    first?.close();
  });

  test('has steps in turn with those of other requests of the tenant', async () => {
    const { open, enter } = make();
    enter('b', 1);
    const [one, other] = [open('a'), open('a')];
    const turns = await Promise.all([1, 2, 3].flatMap(() => [one.turn('lookUp'), other.turn('lookUp')]));
    let isIn = false;
    const seventh = one.turn('lookUp').then(() => {
      isIn = true;
    });
    expect(await other.turn('write')).toBeTypeOf('function');
    expect(isIn).toBe(false);
    turns[5]?.();
    await seventh;
    expect(isIn).toBe(true);
  });

  test('has others’ sockets read before each step of storage, while there are others', async () => {
    const isReadBefore = async (share: ReturnType<ReturnType<typeof make>['open']>) => {
      let isRead = false;
      setTimeout(() => {
        isRead = true;
      }, 0);
      (await share.turn('write'))?.();
      return isRead;
    };
    const { open, enter } = make();
    const share = open('a');
    expect(await isReadBefore(share)).toBe(false);
    enter('b', 1);
    expect(await isReadBefore(share)).toBe(true);
  });

  test('begins no faster than its pace while others are served, at any speed alone', () => {
    const { open, enter, pass } = make();
    enter('b', 1);
    const enterAndLeave = () => {
      const share = open('a');
      const entered = share.enter(0);
      share.close();
      return entered === undefined;
    };
    const begun = (count: number) => Array.from({ length: count }, enterAndLeave).filter(Boolean).length;
    expect(begun(200)).toBe(64);
    pass(2001);
    expect(begun(200)).toBe(200);
  });

  test('of a change waits for its own pace, which no picture has to wait for', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { open, enter } = make();
    enter('b', 1);
    const begin = (kind: PaceKind) => {
      const share = open('a', 1, kind);
      const entering = share.enter(0);
      if (entering === undefined) share.close();
      return entering;
    };
    for (let index = 0; index < 64; index++) expect(begin('changes')).toBeUndefined();
    let isIn = false;
    const change = begin('changes')?.then((busy) => {
      isIn = busy === undefined;
    });
    expect(begin('pictures')).toBeUndefined();
    await vi.advanceTimersByTimeAsync(99);
    expect(isIn).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await change;
    expect(isIn).toBe(true);
  });

  test('has long work wait while others are served, and neither short work nor who is alone', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { open, enter, pass } = make();
    expect([1, 2, 3].map(() => open('a').beforeWork(200))).toEqual([undefined, undefined, undefined]);
    enter('b', 1);
    expect(open('a').beforeWork(200)).toBeUndefined();
    expect(open('a').beforeWork(0.9)).toBeUndefined();
    let isDone = false;
    const working = open('a')
      .beforeWork(30)
      ?.then((busy) => {
        isDone = busy === undefined;
      });
    await vi.advanceTimersByTimeAsync(99);
    expect(isDone).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await working;
    expect(isDone).toBe(true);
    expect(await open('a').beforeWork(4000)).toMatchObject({ code: 'busy' });
    pass(2001);
    expect(open('a').beforeWork(4000)).toBeUndefined();
  });

  test('has jobs wait in line with the tenant’s requests while others are served, and refuses none', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { open, enter, beforeJobWork, pass } = make();
    const waitsFor = async (tenant: string, ms: number) => {
      const startedMs = Date.now();
      const working = beforeJobWork({ id: tenant, weight: 1 }, ms).then(() => Date.now() - startedMs);
      await vi.advanceTimersByTimeAsync(20_000);
      return working;
    };
    // Its own requests are no others.
    enter('a', 1);
    expect(await waitsFor('a', 4000)).toBe(0);
    enter('b', 1);
    expect(open('a').beforeWork(200)).toBeUndefined();
    expect(await waitsFor('a', 30)).toBe(100);
    expect(await waitsFor('a', 4000)).toBe(10_000);
    // Nor does a job make others wait for each other.
    pass(2001);
    await waitsFor('a', 30);
    expect(enter('b', 100)).toBe(100);
  });

  test('is another request’s while a file waits to be sent, and is taken again afterwards', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { open, enter } = make();
    const mebibyte = 1024 * 1024;
    const sending = open('a');
    expect(await sending.send(100 * mebibyte)).toBeUndefined();
    enter('b', 1);
    for (const _ of [1, 2]) expect(await sending.send(16 * mebibyte)).toBeUndefined();
    const held = Array.from({ length: atWork.shared.small - 1 }, () => open('a'));
    for (const share of [sending, ...held]) expect(share.enter(0)).toBeUndefined();
    let isSent = false;
    const sent = sending.send(16 * mebibyte).then((busy) => {
      isSent = busy === undefined;
    });
    expect(enter('a', 1)).toBe(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(isSent).toBe(false);
    held[0]?.close();
    await vi.advanceTimersByTimeAsync(1);
    await sent;
    expect(isSent).toBe(true);
    expect(await sending.send(500 * mebibyte)).toMatchObject({ code: 'busy' });
  });

  test('is asked for once, and given back at the end', () => {
    const { open, enter } = make();
    enter('b', 1);
    const held = Array.from({ length: atWork.shared.small }, () => open('a'));
    for (const share of held) for (const _ of [1, 2]) expect(share.enter(0)).toBeUndefined();
    expect(enter('a', 1)).toBe(0);
  });
});

describe('answers to who is refused over and over', () => {
  test('come late from some number on, to that caller alone, until the minute is over', () => {
    const late = createLateAnswers({ atOnce: 2, delayMs: 1000 });
    const delays = (bucket: string, atMs: number) => [1, 2, 3].map(() => late.delayFor(bucket, 1, atMs));
    expect(delays('a', 0)).toEqual([0, 0, 1000]);
    expect(delays('b', 0)).toEqual([0, 0, 1000]);
    expect(delays('a', 60_000)).toEqual([0, 0, 1000]);
  });

  test('are not held back by the thousand', () => {
    const late = createLateAnswers({ atOnce: 0, delayMs: 1000 });
    const count = (bucket: string, atMs: number) =>
      Array.from({ length: 2000 }, () => late.delayFor(bucket, 1, atMs)).filter((ms) => ms > 0).length;
    expect(count('a', 0)).toBe(256);
    expect(['b', 'c', 'd', 'e'].reduce((sum, bucket) => sum + count(bucket, 0), 0)).toBe(768);
    expect(count('a', 1000)).toBe(256);
  });
});

describe('in the runtime', () => {
  let edge: Edge;
  beforeAll(async () => {
    // As long as it may be: no test waits for its end.
    edge = await openEdge({ bindings: { REFUSALS_PER_MINUTE: '10', REFUSAL_DELAY_MS: '10000' } });
  });
  afterAll(() => edge?.close());

  test('a tenant with many requests at once has each of them answered, beside another', async () => {
    const [many, few] = [await makeTenant(edge, 'many'), await makeTenant(edge, 'few')];
    const lists = await Promise.all(
      Array.from({ length: 60 }, (_, index) => (index % 10 === 0 ? few : many).send('GET', '/v1/keys')),
    );
    expect(lists.map(({ status }) => status)).toEqual(new Array(60).fill(200));
  });

  test('a tenant that makes more keys at once than its pace allows is refused none, beside another', async () => {
    const [many, few] = [await makeTenant(edge, 'makes many'), await makeTenant(edge, 'makes few')];
    const make = (count: number, tenant: TestTenant) =>
      Array.from({ length: count }, (_, index) => tenant.send('POST', '/v1/keys', { name: `k${index}` }));
    const answers = await Promise.all([...make(64 + 12, many), ...make(8, few)]);
    expect(answers.map(({ status }) => status)).toEqual(new Array(84).fill(201));
  });

  test('an address that goes on guessing waits for its answers, and nobody else does', async () => {
    const good = await makeTenant(edge, 'good');
    const headers = { ...bearer('guess'), 'cf-connecting-ip': '192.0.2.7' };
    const leaving = new AbortController();
    let told = 0;
    const guess = async () => {
      const answer = await edge.fetch('/v1/keys', { headers, signal: leaving.signal });
      if (answer.status === 401 || answer.status === 429) told += 1;
    };
    // More than two minutes' worth, should one end in between.
    const guesses = Array.from({ length: 16 }, guess);
    await Promise.any(guesses);
    // More than one, so that by then all guesses would have been answered that nothing holds back.
    for (const _ of [1, 2, 3]) expect((await good.send('GET', '/v1/keys')).status).toBe(200);
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThanOrEqual(10);
    leaving.abort();
    await Promise.allSettled(guesses);
  });
});
