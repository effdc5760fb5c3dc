// The whole way of a team in one script, through the public API alone: fit on three environments, profile the fourth, classify it
// overnight while everything is killed twice, be told when it is done, put ten answers right, see a camera drift, and release a
// new version by hand.

import { readdirSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ClipIcmClient, createClient, verifyWebhook } from '#client/client.ts';
import type { TreePicture } from '#client/upload-tree.ts';
import type { BatchRow } from '#shared/contracts/batch.ts';
import { makeTenant, temporaryDirectory, waitForEnd } from '../load/support/load-tenant.ts';
import { type LoadStack, openStack } from '../load/support/open-stack.ts';
import { stayInOneDay } from '../support/one-day.ts';
import { siteNetwork } from '../support/picture-site.ts';
import { samplePicture, sampleTree, withComment } from '../support/pictures.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const sources = ['noto', 'twemoji', 'emojione'];
/** The camera of the fourth environment, and the one that takes its place one day. */
const [before, after] = ['fxemoji', 'emojione-monotone'] as const;
const concepts = readdirSync('samples/emoji/noto').sort().slice(0, 20);
const nightPictures = 500;
/** The stack starts anew within it, also on a busy machine. */
const takenOverAfterSeconds = '12';
const patienceMs = 240_000;
vi.setConfig({ testTimeout: 2 * patienceMs });

let stateDirectory: string;
let stack: LoadStack;
let receiver: WebhookReceiver;
let key: string;
let client: ClipIcmClient;

async function open(): Promise<void> {
  stack = await openStack({
    stateDirectory,
    // Beside other tests they would have a tenth of it: to start within a minute, and to answer sixty pictures within 20 seconds.
    workersGoSecond: false,
    bindings: {
      SHARD_MAX_ITEMS: '16',
      JOB_STALE_SECONDS: takenOverAfterSeconds,
      WEBHOOK_RETRY_SECONDS: '0.2',
    },
    workerEnvironment: { ICM_FETCH_ALLOW: siteNetwork },
  });
  if (key !== undefined) client = createClient({ url: stack.url, key });
}

stayInOneDay();
beforeAll(async () => {
  [stateDirectory, receiver] = await Promise.all([temporaryDirectory(), openWebhookReceiver()]);
  await open();
  const tenant = await makeTenant(stack, 'a team');
  ({ key, client } = tenant);
});

afterAll(async () => {
  await stack?.close();
  await receiver?.close();
});

/** The drawings of one style, again and again in files of their own. */
function camera(style: string, count: number): TreePicture[] {
  return Array.from({ length: count }, (_, index) => {
    const concept = concepts[index % concepts.length] ?? '';
    const data = withComment(samplePicture(style, concept), `${index}`);
    return { environment: 'gate', class: concept, filename: `${index}.png`, data };
  });
}

/** Each drawing somewhere else on white paper, of another size at each place: what a camera sees from one day to the next. */
async function shots(style: string, places: readonly number[]): Promise<Uint8Array<ArrayBuffer>[]> {
  return Promise.all(
    places.flatMap((place) => concepts.map((concept) => shotOf(samplePicture(style, concept), place))),
  );
}

async function shotOf(drawing: Uint8Array, place: number): Promise<Uint8Array<ArrayBuffer>> {
  const side = 96 + ((7 * place) % 32);
  const free = 128 - side;
  const [top, left] = [(5 * place) % (free + 1), (3 * place) % (free + 1)];
  const background = '#fff';
  const shot = sharp(drawing)
    .flatten({ background })
    .resize(side, side)
    .extend({ top, left, bottom: free - top, right: free - left, background });
  return new Uint8Array(await shot.png().toBuffer());
}

async function ended(jobId: string): Promise<void> {
  expect(await waitForEnd(client, jobId, patienceMs)).toMatchObject({ status: 'succeeded' });
}

test('fits on three environments', async () => {
  await client.datasets.create({ name: 'sources' });
  await client.datasets.uploadTree('sources', sampleTree(sources, concepts));
  const { job } = await client.projections.fit({
    name: 'icons',
    datasets: ['sources'],
    interventions: ['grayscale'],
  });
  await ended(job.id);
  expect(await client.projections.get('icons')).toMatchObject({ version: 1, current: true });
});

test('makes a profile of the fourth', async () => {
  const made = await client.environments.createFrom({ name: 'gate' }, await shots(before, [1, 2, 3]));
  expect(made).toMatchObject({ name: 'gate', pictures: 60 });
});

test('classifies 500 of its pictures though all is killed twice, and is told so once, by a signed event', {
  timeout: 3 * patienceMs,
}, async () => {
  const { id: webhook, secret } = await client.webhooks.create({ url: receiver.url, events: ['job.ended'] });
  await client.datasets.create({ name: 'night' });
  await client.datasets.uploadTree('night', camera(before, nightPictures));
  const { job, batch } = await client.classifyBatch({
    from: { dataset: 'night' },
    projection: 'icons',
    environment: 'gate',
  });
  for (const run of [1, 2]) {
    await expect.poll(() => workOf(job.id, run), { timeout: patienceMs, interval: 100 }).toBe(true);
    await stack.kill();
    await open();
  }
  await ended(job.id);
  const rows: BatchRow[] = [];
  for await (const row of client.batches.rows(batch.id)) rows.push(row);
  expect(rows).toHaveLength(nightPictures);
  expect(new Set(rows.map(({ sha256 }) => sha256)).size).toBe(nightPictures);
  expect(rows.filter((row) => 'error' in row)).toEqual([]);

  await expect.poll(() => receiver.received.length).toBeGreaterThan(0);
  const events = await Promise.all(
    receiver.received.map(({ headers, body }) => verifyWebhook(secret, headers, body)),
  );
  expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  expect(events[0]?.event).toMatchObject({ type: 'job.ended', data: { job: { id: job.id } } });
  await expect
    .poll(() => client.webhooks.deliveries(webhook).all())
    .toMatchObject([{ status: 'delivered', eventId: events[0]?.id }]);
});

/** Whether the job is in its n-th run and has answered pictures that are not all. */
function workOf(jobId: string, run: number): boolean {
  const [job] = stack.rows<{ attempt: number; done: number }>(
    `SELECT attempt, done FROM jobs WHERE id = '${jobId}'`,
  );
  return job !== undefined && job.attempt >= run && job.done > 0 && job.done < nightPictures;
}

test('takes ten answers that were put right into the next version', async () => {
  const ten = concepts.slice(0, 10);
  const { results } = await client.classifications.pictures(
    ten.map((concept) => samplePicture(after, concept)),
    { projection: 'icons' },
  );
  const corrections = results.map((result, index) => {
    if (!('label' in result) || result.sha256 === undefined) throw new Error('not answered');
    const input = { sha256: result.sha256 };
    return { input, label: ten[index] ?? '', environment: 'door', answered: result.label };
  });
  const made = await client.corrections.add({ projection: 'icons', corrections });
  expect(made).toMatchObject({ failures: [] });
  const refit = await client.projections.refit('icons', { corrections: true, release: 'candidate' });
  await ended(refit.job.id);
  expect(await client.projections.get(refit.projection.id)).toMatchObject({
    current: false,
    corrections: { taken: ten.length, environments: [{ environment: 'door', pictures: ten.length }] },
  });
});

test('raises a drift for another camera, and none for the same one', async () => {
  await client.environments.createFrom({ name: 'door' }, await shots(before, [1, 2, 3]));
  await seen('gate', before);
  await seen('door', after);
  expect(await today('gate')).toMatchObject({ pictures: 120, raised: false });
  expect(await today('door')).toMatchObject({ pictures: 120, raised: true });
});

async function seen(environment: string, style: string): Promise<void> {
  const question = { projection: 'icons', environment };
  for (const places of [
    [4, 5, 6],
    [7, 8, 9],
  ]) {
    await client.classifications.pictures(await shots(style, places), question);
  }
}

/** What is watched today, once all that was answered is in it. */
async function today(environment: string) {
  const read = async () => (await client.environments.watch(environment)).series[0]?.days.at(-1);
  await expect.poll(async () => (await read())?.pictures).toBe(120);
  return read();
}

test('keeps a worse version waiting until it is promoted by hand, and rolls it back', async () => {
  const { projections, classifications } = client;
  const refit = await projections.refit('icons', { estimator: 'icm', lambda: 1, dimension: 2 });
  await ended(refit.job.id);
  const worse = await projections.get(refit.projection.id);
  expect(worse).toMatchObject({ current: false, release: { state: 'candidate', against: 1 } });
  const picture = samplePicture(before, 'cat');
  const meant = async () =>
    (await classifications.picture(picture, { projection: 'icons' })).projection?.version;
  expect(await meant()).toBe(1);
  await projections.promote(`icons@${worse.version}`);
  expect(await meant()).toBe(worse.version);
  await projections.rollback('icons');
  expect(await meant()).toBe(1);
});
