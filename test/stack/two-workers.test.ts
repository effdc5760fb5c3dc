// Two real workers, and pictures that end the process that decodes them: whatever way such a picture comes, one worker is always there, and
// nobody else is refused anything.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openPictureSite, type PictureSite, siteNetwork } from '../support/picture-site.ts';
import { samplePicture, sampleTree, withComment } from '../support/pictures.ts';
import { endedByPictures, poison } from '../support/poison.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const labels = ['cat', 'dog'];

let stack: TestStack;
let site: PictureSite;
let bystander: StackTenant;
let restarts: number;
let watch: { stop(): Promise<void> };

beforeAll(async () => {
  site = await openPictureSite({ '/poison.png': poison('at an address') });
});
afterAll(() => site?.close());
// A stack for each: whoever restarts a worker waits longer each time that it ends.
beforeEach(async () => {
  restarts = 0;
  stack = await openTestStack({
    workers: 2,
    workerEnvironment: { ...endedByPictures, ICM_FETCH_ALLOW: siteNetwork },
    onWorkerRestart: () => {
      restarts += 1;
    },
  });
  bystander = await stack.tenant('bystander');
  await bystander.client.classifications.picture(good(), { labels });
  watch = watchWorkers();
});
afterEach(async () => {
  try {
    await watch?.stop();
  } finally {
    await stack?.close();
  }
});

let goodCount = 0;
const good = () => withComment(samplePicture('noto', 'cat'), `good ${goodCount++}`);

/** Looks all the time; what it found is told when it is stopped. */
function watchWorkers(): { stop(): Promise<void> } {
  let isOver = false;
  let lookedAt = 0;
  let noneThere = 0;
  const look = async () => {
    while (!isOver) {
      const answers = await whichAnswer();
      lookedAt += 1;
      if (!answers.includes(true)) noneThere += 1;
      await delay(25);
    }
  };
  const looking = look();
  return {
    async stop() {
      isOver = true;
      await looking;
      await Promise.all(stack.workers.map((worker) => worker.ready()));
      expect({ noneThere, hasLooked: lookedAt > 0 }).toEqual({ noneThere: 0, hasLooked: true });
    },
  };
}

/**
 * How often a worker was started again, once all of them are there: who waits for an answer may know that its worker has ended
 * before whoever starts it again.
 */
async function restartsSoFar(): Promise<number> {
  await expect.poll(async () => (await whichAnswer()).every(Boolean)).toBe(true);
  return restarts;
}

function whichAnswer(): Promise<boolean[]> {
  const asked = stack.workers.map(({ url }) =>
    fetch(`${url}/readyz`).then(
      async (answer) => (await answer.arrayBuffer()) && answer.ok,
      () => false,
    ),
  );
  return Promise.all(asked);
}

/** New pictures of another tenant, until `work` is done: every one is answered. */
async function whileOthersAsk<T>(work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const outcomes: string[] = [];
  const ask = async () => {
    while (!isOver) {
      const outcome = await bystander.client.classifications.picture(good(), { labels }).then(
        () => 'answered',
        (error: unknown) => String(error),
      );
      outcomes.push(outcome);
      await delay(20);
    }
  };
  const asking = Promise.all([ask(), ask(), ask()]);
  try {
    return await work();
  } finally {
    isOver = true;
    await asking;
    expect([...new Set(outcomes)]).toEqual(['answered']);
  }
}

/** As a client does that comes again where it is told to; the test's own time limit ends it. */
async function untilSettled<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { status?: number }).status !== 503) throw error;
      await delay(500);
    }
  }
}

it('a picture that ends its worker is refused in the end, and then without a worker', async () => {
  const { client } = await stack.tenant('alone');
  const bytes = poison('alone');
  const ask = () => client.classifications.picture(bytes, { labels });
  const refusal = { status: 422, code: 'invalid-request' };
  await whileOthersAsk(() => expect(untilSettled(ask)).rejects.toMatchObject(refusal));
  expect(await restartsSoFar()).toBe(2);
  await expect(ask()).rejects.toMatchObject(refusal);
  expect(await restartsSoFar()).toBe(2);
});

it('of several in a request it is refused alone, and in others with it', async () => {
  const { client } = await stack.tenant('among others');
  const bytes = poison('among others');
  const ask = () => client.classifications.pictures([good(), bytes, good()], { labels });
  const expected = {
    results: [
      { index: 0, label: expect.any(String) },
      { index: 1, error: { status: 422, code: 'unreadable-picture' } },
      { index: 2, label: expect.any(String) },
    ],
  };
  expect(await whileOthersAsk(() => untilSettled(ask))).toMatchObject(expected);
  const ended = await restartsSoFar();
  expect(await ask()).toMatchObject(expected);
  expect(await restartsSoFar()).toBe(ended);
});

it('by its address it is fetched, and refused like any other', async () => {
  const { client } = await stack.tenant('by address');
  const url = site.url('/poison.png');
  const ask = () =>
    client.classifications.create({ labels, inputs: [{ url }, { url: site.url('/noto/dog.png') }] });
  const expected = { results: [{ error: { status: 422 } }, { label: expect.any(String) }] };
  expect(await whileOthersAsk(() => untilSettled(ask))).toMatchObject(expected);
  const ended = await restartsSoFar();
  expect(await ask()).toMatchObject(expected);
  expect(await restartsSoFar()).toBe(ended);
});

it('an import stores it without decoding it, and a fit leaves it out and says which it was', async () => {
  const { client } = await stack.tenant('in a fit');
  await client.datasets.create({ name: 'emoji' });
  await client.datasets.uploadTree(
    'emoji',
    sampleTree(['noto', 'twemoji', 'fxemoji'], ['cat', 'dog', 'whale']),
  );
  const imported = await client.datasets.import('emoji', {
    items: [{ url: site.url('/poison.png'), environment: 'noto', class: 'cat' }],
  });
  expect(await client.jobs.wait(imported.id)).toMatchObject({ status: 'succeeded' });
  expect(restarts).toBe(0);
  const job = await whileOthersAsk(async () => {
    const fit = await client.projections.fit({ name: 'emoji', datasets: ['emoji'], maxFailedShare: 0.5 });
    return client.jobs.wait(fit.job.id);
  });
  expect(job).toMatchObject({
    status: 'succeeded',
    progress: { failed: 1 },
    failures: [{ code: 'unreadable-picture', detail: /ended/ }],
  });
});
