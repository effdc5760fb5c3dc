import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backoffMs } from '#shared/backoff.ts';
import { ok } from '#shared/result.ts';
import { createCircuitBreaker } from '../../../edge/clients/circuit-breaker.ts';
import { createGpuWorkerClient } from '../../../edge/clients/create-gpu-worker.ts';
import { createEndpointPool, type EndpointPool } from '../../../edge/clients/endpoint-pool.ts';
import { createRetryBudget } from '../../../edge/clients/retry-budget.ts';
import { jsonCall, refusals } from '../../../edge/clients/worker-call.ts';
import { createDispatch } from '../../../edge/clients/worker-dispatch.ts';
import { createTransport } from '../../../edge/clients/worker-transport.ts';
import type { LogEntry } from '../../../edge/log.ts';
import { answers, type FakeWorker, fakeModel, fakeSecret, openFakeWorker } from './support/fake-worker.ts';
import { type HungServer, openHungServer } from './support/hung-server.ts';

let workers: FakeWorker[];
const logged: LogEntry[] = [];
beforeEach(async () => {
  workers = [await openFakeWorker(), await openFakeWorker()];
  logged.length = 0;
});
afterEach(() => Promise.all(workers.map((worker) => worker.close())));

const [first, second] = [() => workers[0] as FakeWorker, () => workers[1] as FakeWorker];
const clientOf = (endpoints: readonly string[], secret = fakeSecret) =>
  createGpuWorkerClient({ endpoints, secret, log: (event) => void logged.push(event) });
const ask = (client: ReturnType<typeof clientOf>, signal?: AbortSignal) =>
  client.encodeTexts(
    { model: 'fake', texts: ['a', 'bb'] },
    { lane: 'bulk', ...(signal === undefined ? {} : { signal }) },
  );

/** Without a client around it; what it logs is in `logged`. */
const dispatchOver = (
  pool: EndpointPool,
  over: Partial<Pick<Parameters<typeof createTransport>[0], 'fetch' | 'vigil'>> = {},
) =>
  createDispatch({
    pool,
    transport: createTransport({ fetch: globalThis.fetch, secret: fakeSecret, now: Date.now, ...over }),
    budget: createRetryBudget(),
    now: Date.now,
    random: () => 0,
    log: (event) => void logged.push(event),
  });

/** No answer, until its caller gives up, who may have done so before it asks: what it asks is signed first, by other threads. */
const silence = (signal: AbortSignal | null | undefined) =>
  new Promise<never>((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

test('reads what a good worker answers', async () => {
  const encoded = await ask(clientOf([first().origin]));
  expect(encoded).toMatchObject({ ok: true, value: { model: fakeModel, dimension: 4, tokens: 2 } });
});

test('tries another endpoint after one has failed', async () => {
  first().next.push(answers.broken, answers.broken, answers.broken);
  expect((await ask(clientOf([first().origin, second().origin]))).ok).toBe(true);
  expect([first().seen.length, second().seen.length]).toEqual([1, 1]);
});

test('answers worker-unavailable for garbage, and logs it', async () => {
  first().next.push(answers.garbage, answers.garbage, answers.garbage);
  const encoded = await ask(clientOf([first().origin]));
  expect(encoded).toMatchObject({ ok: false, error: { code: 'worker-unavailable', retryAfterSeconds: 5 } });
  expect(logged[0]).toMatchObject({
    event: 'worker-call-failed',
    about: { path: '/v1/encode/texts' },
  });
});

test('passes on how long a full queue asks to wait', async () => {
  first().next.push(answers.overloaded, answers.overloaded, answers.overloaded);
  const encoded = await ask(clientOf([first().origin]));
  expect(encoded).toMatchObject({ ok: false, error: { code: 'worker-overloaded', retryAfterSeconds: 7 } });
});

test('ends with its caller while a worker is silent, and does not blame the worker', async () => {
  const client = clientOf([first().origin]);
  const leaving = new AbortController();
  first().next.push(() => leaving.abort());
  expect((await ask(client, leaving.signal)).ok).toBe(false);
  expect((await ask(client)).ok).toBe(true);
});

test('waits for a silent worker once, and asks another where there is one', async () => {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = (url, init) => {
    const { origin } = new URL(String(url));
    asked.push(origin);
    return origin === 'http://answering' ? Promise.resolve(new Response()) : silence(init?.signal);
  };
  const call = await jsonCall(
    { model: 'fake', texts: ['a'] },
    { refusals: refusals.encode, path: '/v1/encode/texts', timeoutMs: 50, read: async () => ok('answered') },
  );
  const dispatchTo = (...origins: string[]) =>
    dispatchOver(createEndpointPool(origins), { fetch, vigil: { everyMs: 50, misses: 3 } })(call, {
      lane: 'bulk',
    });
  expect(await dispatchTo('http://silent')).toMatchObject({ error: { code: 'worker-unavailable' } });
  expect(logged).toMatchObject([{ about: { reason: 'no answer in 50 ms' } }]);
  expect(await dispatchTo('http://silent', 'http://answering')).toEqual(ok('answered'));
  // Each time it is looked after once: what does not answer at all is to blame.
  expect(asked).toEqual([...Array(4).fill('http://silent'), 'http://answering']);
});

test('takes what a living worker does not finish for too much, and holds it against no worker', async () => {
  const path = '/v1/encode/texts';
  const asked: string[] = [];
  // It answers whoever looks after it.
  const fetch: typeof globalThis.fetch = (url, init) => {
    const { origin, pathname } = new URL(String(url));
    if (pathname !== path) return Promise.resolve(new Response());
    asked.push(origin);
    return silence(init?.signal);
  };
  const call = await jsonCall(
    { model: 'fake', texts: ['a'] },
    { path, refusals: [], timeoutMs: 50, read: async () => ok('answered') },
  );
  const pool = createEndpointPool(['http://living', 'http://another']);
  const dispatch = dispatchOver(pool, { fetch });
  expect(await dispatch(call, { lane: 'bulk' })).toMatchObject({
    ok: false,
    error: { code: 'worker-overloaded', worked: true },
  });
  expect(asked).toEqual(['http://living']);
  for (let i = 0; i < 5; i++) await dispatch(call, { lane: 'bulk' });
  expect(pool.endpoints.map(({ breaker }) => breaker.mayCall(Date.now()))).toEqual([true, true]);
});

test('asks no second worker for what is much', async () => {
  first().next.push(
    (_request, response) => void setTimeout(() => answers.overloaded(_request, response), 500),
  );
  const client = clientOf([first().origin, second().origin]);
  const texts = Array.from({ length: 65 }, (_, i) => `text ${i}`);
  const answer = client.encodeTexts({ model: 'fake', texts }, { lane: 'interactive' });
  expect((await answer).ok).toBe(true);
  // Only once the first had refused it.
  expect([first().seen.length, second().seen.length]).toEqual([1, 1]);
  expect(logged).toMatchObject([{ event: 'worker-call-failed' }]);
});

test('lets a long call take its time while the worker shows that it lives, and no longer', async () => {
  const call = {
    ...(await jsonCall(
      {},
      {
        refusals: refusals.encode,
        path: '/v1/statistics',
        timeoutMs: 60_000,
        read: async () => ok('answered'),
      },
    )),
    isLong: true,
  };
  const over = (isAlive: (look: number) => boolean) => {
    let looks = 0;
    let answer: (response: Response) => void = () => undefined;
    const fetch: typeof globalThis.fetch = async (url, init) => {
      if (String(url).endsWith('/v1/statistics')) {
        const answered = new Promise<Response>((resolve) => {
          answer = resolve;
        });
        return Promise.race([answered, silence(init?.signal)]);
      }
      looks += 1;
      // The call itself may come later than the first looks where the machine is busy.
      if (looks >= 10) answer(new Response());
      if (!isAlive(looks)) throw new TypeError('fetch failed');
      return new Response();
    };
    const vigil = { everyMs: 1, misses: 3 };
    const send = createTransport({ fetch, secret: fakeSecret, now: Date.now, vigil });
    return send('http://worker', call, { lane: 'bulk' }, new AbortController().signal);
  };
  expect(await over((look) => look % 3 === 0)).toEqual(ok('answered'));
  expect(await over((look) => look < 4)).toMatchObject({
    error: { blame: true, retry: 'elsewhere', reason: 'gone in the middle of a call' },
  });
});

test('asks how far a call is while it runs, by a name that the worker knows it by', async () => {
  const call = await jsonCall(
    {},
    {
      refusals: refusals.encode,
      path: '/v1/statistics',
      timeoutMs: 60_000,
      read: async () => ok('answered'),
    },
  );
  const counts = [0, 3, undefined, 3, 5];
  const told: number[] = [];
  let [name, answer]: [string | null, (response: Response) => void] = [null, () => undefined];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    if (String(url).endsWith('/v1/statistics')) {
      name = new Headers(init?.headers).get('x-icm-task');
      return new Promise((resolve) => {
        answer = resolve;
      });
    }
    if (name === null) return new Response(null, { status: 404 });
    expect(url).toBe(`http://worker/tasks/${name}`);
    if (counts.length === 0) answer(new Response());
    const pictures = counts.shift();
    return pictures === undefined ? new Response(null, { status: 404 }) : Response.json({ pictures });
  };
  const send = createTransport({ fetch, secret: fakeSecret, now: Date.now, askEveryMs: 1 });
  const context = { lane: 'bulk', onProgress: async (pictures: number) => void told.push(pictures) } as const;
  expect(await send('http://worker', call, context, new AbortController().signal)).toEqual(ok('answered'));
  expect(told).toEqual([3, 5]);
  expect(name).toMatch(/^[0-9a-f]{32}$/);
});

describe('a worker that takes connections and never answers', () => {
  let hung: HungServer;
  beforeEach(async () => {
    hung = await openHungServer();
  });
  afterEach(() => hung.close());

  const path = '/v1/encode/texts';

  /**
   * However long a busy machine takes: nothing that is asked of the hung worker is given up before it has arrived, the call comes
   * before all looks, and another worker has its time to answer.
   */
  function fetchInOrder(): typeof globalThis.fetch {
    const called = Promise.withResolvers<void>();
    let before = called.promise;
    return async (url, init = {}) => {
      const { origin, pathname } = new URL(String(url));
      const { signal, ...sent } = init;
      if (origin !== hung.origin) return fetch(url, sent);
      const heard = pathname === path ? called : Promise.withResolvers<void>();
      if (heard !== called) {
        const turn = before;
        before = heard.promise;
        await turn;
      }
      const leaving = new AbortController();
      const arrival = hung.next();
      const answer = fetch(url, { ...sent, signal: leaving.signal });
      answer.catch(() => undefined);
      await arrival;
      heard.resolve();
      silence(signal).catch((reason: unknown) => leaving.abort(reason));
      return answer;
    };
  }

  /** Over the hung worker first; time limits and the looks at it far shorter than a deployment's. */
  const dispatchSoon = (...origins: string[]) =>
    dispatchOver(createEndpointPool(origins), {
      fetch: fetchInOrder(),
      vigil: { everyMs: 50, misses: 3 },
    });
  const callOf = (timeoutMs: number, isLong: boolean) =>
    jsonCall(
      { model: 'fake', texts: ['a'] },
      { path, refusals: refusals.encode, timeoutMs, isLong, read: async () => ok('answered') },
    );

  test('costs a short call its time-out, once, and then another worker is asked', async () => {
    const call = await callOf(150, false);
    expect(await dispatchSoon(hung.origin)(call, { lane: 'bulk' })).toMatchObject({
      error: { code: 'worker-unavailable' },
    });
    expect(hung.asked).toEqual([path, '/healthz']);
    expect(await dispatchSoon(hung.origin, first().origin)(call, { lane: 'bulk' })).toEqual(ok('answered'));
    expect(hung.asked).toEqual([path, '/healthz', path, '/healthz']);
    expect(logged.map(({ about }) => about?.reason)).toEqual(['no answer in 150 ms', 'no answer in 150 ms']);
  });

  test('costs a long call as many looks as may be missed, and then another worker is asked', async () => {
    const call = await callOf(3_600_000, true);
    expect(await dispatchSoon(hung.origin, first().origin)(call, { lane: 'bulk' })).toEqual(ok('answered'));
    expect(logged.map(({ about }) => about?.reason)).toEqual(['gone in the middle of a call']);
    expect(first().seen).toEqual([path]);
    expect(hung.asked.slice(0, 4)).toEqual([path, '/healthz', '/healthz', '/healthz']);
  });

  test('keeps a caller with another worker at hand no longer than it takes to ask that one', async () => {
    const call = await callOf(3_600_000, false);
    const answer = await dispatchSoon(hung.origin, first().origin)(call, { lane: 'interactive' });
    expect(answer).toEqual(ok('answered'));
    expect(logged).toEqual([]);
  });
});

test('answers worker-unavailable where nobody listens or the secret is another', async () => {
  const closed = first().origin;
  await first().close();
  expect(await ask(clientOf([closed]))).toMatchObject({ error: { code: 'worker-unavailable' } });
  const stranger = clientOf([second().origin], 'another-secret-0123456789abcdef012345');
  expect(await ask(stranger)).toMatchObject({ error: { code: 'worker-unavailable' } });
  expect(second().seen).toEqual([]);
});

test('a breaker opens after failures in a row, lets one trial through, and closes on success', () => {
  const breaker = createCircuitBreaker({ threshold: 2, openMs: 100 });
  breaker.failed(0);
  expect(breaker.mayCall(0)).toBe(true);
  breaker.failed(0);
  expect(breaker.mayCall(99)).toBe(false);
  expect(breaker.mayCall(100)).toBe(true);
  breaker.calling(100);
  expect(breaker.mayCall(101)).toBe(false);
  breaker.failed(150);
  expect(breaker.mayCall(300)).toBe(false);
  expect(breaker.mayCall(350)).toBe(true);
  breaker.succeeded();
  expect(breaker.mayCall(351)).toBe(true);
});

test('retries are a share of the calls, spaced below a bound', () => {
  const budget = createRetryBudget({ share: 0.5, capacity: 1 });
  expect([budget.spend(), budget.spend()]).toEqual([true, false]);
  budget.earn();
  budget.earn();
  expect(budget.spend()).toBe(true);
  expect(backoffMs(0, { baseMs: 50, maxMs: 1000, random: () => 0 })).toBe(25);
  expect(backoffMs(10, { baseMs: 50, maxMs: 1000, random: () => 0.5 })).toBe(750);
});

test('a full endpoint keeps those waiting who fill it, and nobody else', () => {
  const pool = createEndpointPool(['http://one']);
  const [endpoint] = pool.endpoints;
  if (endpoint === undefined) throw new Error('there is one');
  const isFull = (tenant: string) => pool.isFull(endpoint, 'interactive', tenant);
  const releases = ['many', 'many', 'many'].map((tenantId) =>
    pool.hold(endpoint, 'interactive', { tenantId, untilMs: 1000 }),
  );
  expect([isFull('many'), isFull('few')]).toEqual([true, false]);
  const release = pool.hold(endpoint, 'interactive', { tenantId: 'few', untilMs: 1000 });
  // Each holds its part of two, the one far more than that.
  expect([isFull('many'), isFull('few')]).toEqual([true, true]);
  for (const done of [...releases, release]) done();
  expect([isFull('many'), endpoint.inFlight.interactive, endpoint.holders.interactive.size]).toEqual([
    false,
    0,
    0,
  ]);
});

test('a place whose call was never heard of again is free once that call must be over', () => {
  const pool = createEndpointPool(['http://one']);
  const [endpoint] = pool.endpoints;
  if (endpoint === undefined) throw new Error('there is one');
  const isFull = () => pool.isFull(endpoint, 'interactive', 'gone');
  const late = [1, 2].map(() => pool.hold(endpoint, 'interactive', { tenantId: 'gone', untilMs: 1000 }));
  pool.choose(999);
  expect(isFull()).toBe(true);
  pool.choose(1000);
  expect([isFull(), endpoint.inFlight.interactive, endpoint.holders.interactive.size]).toEqual([false, 0, 0]);
  // Heard of after all: nothing is given back twice.
  pool.hold(endpoint, 'interactive', { tenantId: 'gone', pictures: 3, untilMs: 2000 });
  for (const release of late) release();
  expect(endpoint.inFlight.interactive).toBe(3);
});

test('calls of one picture leave room for those that a worker makes a batch of', () => {
  const pool = createEndpointPool(['http://one']);
  const [endpoint] = pool.endpoints;
  if (endpoint === undefined) throw new Error('there is one');
  const single = { tenantId: 'one', pictures: 1, untilMs: 1000 };
  // Of two calls that it takes of 16 pictures each, as long as it has not said otherwise.
  const releases = Array.from({ length: 31 }, () => pool.hold(endpoint, 'interactive', single));
  expect(pool.isFull(endpoint, 'interactive', 'one')).toBe(false);
  releases.push(pool.hold(endpoint, 'interactive', single));
  expect([pool.isFull(endpoint, 'interactive', 'one'), pool.isFull(endpoint, 'interactive', 'two')]).toEqual([
    true,
    false,
  ]);
  for (const done of releases) done();
  // However many it brings, a call takes no more than the worker has of it in hand.
  pool.hold(endpoint, 'interactive', { ...single, pictures: 1000 });
  expect(pool.isFull(endpoint, 'interactive', 'one')).toBe(false);
});

test('a fetch takes no room of the encoder, and is asked of one worker', async () => {
  const pool = createEndpointPool([first().origin, second().origin]);
  const call = await jsonCall(
    {},
    {
      path: '/v1/fetch',
      refusals: [],
      timeoutMs: 5000,
      takesNoEncoder: true,
      isHeavy: true,
      read: async () => ok('fetched'),
    },
  );
  let held = -1;
  first().next.push((_request, response) => {
    held = pool.endpoints[0]?.inFlight.interactive ?? -1;
    setTimeout(() => response.end('x'), 450);
  });
  const dispatch = dispatchOver(pool);
  expect(await dispatch(call, { lane: 'interactive' })).toEqual(ok('fetched'));
  expect([held, second().seen.length]).toEqual([0, 0]);
});
