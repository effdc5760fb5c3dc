// The limits of a plan that take real work to reach: pictures a day, stored bytes, jobs at a time. Requests a minute and a day are
// test/edge/core/quota.test.ts's business.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTar } from '#client/tar.ts';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import { stayInOneDay } from '../support/one-day.ts';
import { openPictureSite, type PictureSite, siteNetwork } from '../support/picture-site.ts';
import { samplePicture, withComment } from '../support/pictures.ts';
import { smallArtefact } from '../support/small-artefact.ts';
import { encodedPictures, openTestStack, type TestStack } from '../support/stack.ts';

const labels = ['cat', 'dog'];
const cat = samplePicture('noto', 'cat');
const picture = (index: number) => withComment(cat, `picture ${index}`);

let stack: TestStack;
let site: PictureSite;

stayInOneDay();
beforeAll(async () => {
  site = await openPictureSite();
  stack = await openTestStack({ workerEnvironment: { ICM_FETCH_ALLOW: siteNetwork } });
});

afterAll(async () => {
  await stack?.close();
  await site?.close();
});

describe('pictures a day', () => {
  it('are encoded to exactly the number of the plan, many at once, and known ones cost nothing', async () => {
    const { client } = await stack.tenant('sparing', { picturesPerDay: 10 });
    const before = await encodedPictures(stack);
    const classify = (index: number) => client.classifications.picture(picture(index), { labels });
    const asked = await Promise.allSettled(Array.from({ length: 24 }, (_, index) => classify(index)));
    const refused = asked.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused).toHaveLength(14);
    for (const reason of refused) {
      expect(reason).toMatchObject({
        status: 429,
        code: 'quota-exceeded',
        retryAfterSeconds: expect.any(Number),
      });
    }
    expect((await encodedPictures(stack)) - before).toBe(10);
    const known = asked.findIndex(({ status }) => status === 'fulfilled');
    const again = await classify(known);
    expect(again.results[0]).toMatchObject({ label: 'cat', embedding: 'memory' });
    const usage = await client.usage.get();
    expect(usage.totals).toMatchObject({ requests: 25, errors: 14, picturesEncoded: 10, cacheHits: 1 });
    expect(usage.leftToday.pictures).toBe(0);
  });

  it('that a request has too many of are refused one by one, and what is known is answered', async () => {
    const { client } = await stack.tenant('nearly out', { picturesPerDay: 1 });
    await client.classifications.picture(picture(0), { labels });
    const { results } = await client.classifications.pictures([picture(0), picture(1)], { labels });
    expect(results).toMatchObject([{ label: 'cat' }, { error: { status: 429, code: 'quota-exceeded' } }]);
  });

  it('are not charged for work that no worker did', async () => {
    const { client } = await stack.tenant('unlucky', { picturesPerDay: 5 });
    await client.classifications.picture(picture(0), { labels });
    const [worker] = stack.workers;
    await worker?.suspend('SIGKILL');
    const failing = client.classifications.picture(picture(1), { labels });
    await expect(failing).rejects.toMatchObject({ status: 503 });
    expect((await client.usage.get()).leftToday.pictures).toBe(4);
    await worker?.resume();
    await expect
      .poll(
        async () => {
          const answered = await client.classifications
            .picture(picture(1), { labels })
            .catch(() => undefined);
          return answered?.results.length;
        },
        { interval: 100 },
      )
      .toBe(1);
  });
});

describe('stored bytes', () => {
  it('are never more than the plan allows, many uploads at once, and come back with a deletion', async () => {
    const size = picture(0).byteLength;
    const { client } = await stack.tenant('small', { storedBytes: 3 * (size + itemRowBytes) });
    await client.datasets.create({ name: 'full' });
    const upload = (index: number) => client.datasets.upload('full', picture(index));
    const sent = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => upload(index)));
    const refused = sent.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused).toHaveLength(6);
    for (const reason of refused) expect(reason).toMatchObject({ status: 429, code: 'quota-exceeded' });
    expect(await client.datasets.get('full')).toMatchObject({ pictures: 3, bytes: 3 * size });

    const archive = await writeTar([{ path: 'e/c/more.png', data: picture(9) }]);
    expect(await client.datasets.uploadArchive('full', archive)).toMatchObject({
      added: 0,
      skipped: [{ path: 'e/c/more.png', code: 'quota-exceeded' }],
    });
    await expect(client.projections.upload('one', await smallArtefact())).rejects.toMatchObject({
      code: 'quota-exceeded',
    });
    const [item] = await client.datasets.items('full').all();
    await client.datasets.deleteItem('full', item?.id ?? '');
    expect((await upload(9)).bytes).toBe(size);
  });
});

describe('jobs at a time', () => {
  it('are as many as the plan allows, and one that has ended makes room', async () => {
    const { client } = await stack.tenant('one by one', { concurrentJobs: 1 });
    await client.datasets.create({ name: 'imported' });
    const items = Array.from({ length: 200 }, () => ({ url: site.url('/noto/cat.png') }));
    const start = () => client.datasets.import('imported', { items });
    const started = await Promise.allSettled([start(), start(), start()]);
    const jobs = started.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const refused = started.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect([jobs.length, refused.length]).toEqual([1, 2]);
    for (const reason of refused) {
      expect(reason).toMatchObject({
        status: 429,
        code: 'quota-exceeded',
        retryAfterSeconds: expect.any(Number),
      });
    }
    await client.jobs.cancel(jobs[0]?.id ?? '');
    expect(await start()).toMatchObject({ kind: 'import' });
  });
});
