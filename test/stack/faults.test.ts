// Workers that misbehave, through the real stack: what a caller is told, and that a fit gets to the same end all the same.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Projection } from '#shared/contracts/projection.ts';
import { defaultLimits } from '../../edge/stores/plan-limits.ts';
import { type FaultyProxy, openFaultyProxy } from '../support/faulty-proxy.ts';
import { stayInOneDay } from '../support/one-day.ts';
import { samplePicture, sampleTree, withComment } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const styles = ['noto', 'twemoji', 'fxemoji'];
const concepts = ['cat', 'dog', 'hamburger', 'tulip', 'whale'];
const labels = ['cat', 'dog'];

let proxy: FaultyProxy;
let stack: TestStack;

stayInOneDay();
beforeAll(async () => {
  proxy = await openFaultyProxy();
  stack = await openTestStack({ bindings: { WORKER_ENDPOINTS: proxy.url, SHARD_MAX_ITEMS: '8' } });
  proxy.aim(stack.workers[0]?.url ?? '');
});

afterAll(async () => {
  await stack?.close();
  await proxy?.close();
});

async function fitEmoji({ client }: StackTenant): Promise<Projection> {
  await client.datasets.create({ name: 'emoji' });
  await client.datasets.uploadTree('emoji', sampleTree(styles, concepts));
  const { job, projection } = await client.projections.fit({
    name: 'emoji',
    datasets: ['emoji'],
    interventions: [{ name: 'grayscale' }],
  });
  await client.jobs.wait(job.id);
  return client.projections.get(projection.id);
}

/** What the usage shows of a tenant's jobs, and what its plan was charged. */
async function costOf({ client }: StackTenant) {
  const { totals, leftToday } = await client.usage.get();
  return {
    shown: {
      pictures: totals.picturesEncoded,
      pixels: totals.pixelsDecoded,
      texts: totals.textsEncoded,
    },
    charged: {
      pictures: defaultLimits.picturesPerDay - leftToday.pictures,
      pixels: defaultLimits.pixelsPerDay - leftToday.pixels,
      texts: defaultLimits.textsPerDay - leftToday.texts,
    },
  };
}

describe('a fit', () => {
  it('over a worker that answers garbage, damage, half, nothing good and 429 is the same as over a good one', async () => {
    const [calmTenant, shakenTenant] = [await stack.tenant('calm'), await stack.tenant('shaken')];
    const calm = await fitEmoji(calmTenant);
    proxy.spoil('/v1/statistics', 'garbage', 'damaged', 'cut', 'broken', 'full');
    proxy.spoil('/v1/merge', 'damaged', 'garbage');
    proxy.spoil('/v1/solve', 'cut', 'damaged');
    const shaken = await fitEmoji(shakenTenant);
    expect(proxy.left()).toBe(0);
    expect(shaken).toMatchObject({ status: 'ready', contentHash: calm.contentHash });
    const cost = await costOf(calmTenant);
    expect(cost.shown).toEqual(cost.charged);
    expect(cost.shown.pictures).toBe(styles.length * concepts.length);
    expect(cost.shown.texts).toBeGreaterThan(0);
    expect(await costOf(shakenTenant), 'shards that were done again').toEqual(cost);
  });
});

describe('a caller', () => {
  const ask = (tenant: StackTenant, name: string) =>
    tenant.client.classifications.picture(withComment(samplePicture('noto', 'cat'), name), { labels });

  it.each([
    ['full', 'worker-overloaded'],
    ['garbage', 'worker-unavailable'],
  ] as const)(
    'is told when to come again where a worker is %s however often it is asked',
    async (fault, code) => {
      const tenant = await stack.tenant(fault);
      // The labels' embeddings are known from here on.
      await expect.poll(() => ask(tenant, 'first').catch(String)).toMatchObject({ results: [{}] });
      // Retries are a share of the calls: the ones before may have used them up.
      for (let call = 0; call < 12; call++) await ask(tenant, `good ${call}`);
      proxy.spoil('/v1/encode/images', fault, fault, fault);
      await expect(ask(tenant, 'second')).rejects.toMatchObject({
        status: 503,
        code,
        retryAfterSeconds: expect.any(Number),
      });
      expect(proxy.left()).toBe(0);
    },
  );
});
