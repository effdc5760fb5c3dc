// What one tenant makes the workers do is bounded, charged as it is done, and ends when nobody waits for it.

import { connect } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pngBomb } from '../gpu-worker/support/png-bomb.ts';
import { stayInOneDay } from '../support/one-day.ts';
import { openPictureSite, type PictureSite, siteNetwork } from '../support/picture-site.ts';
import { withComment } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';
import { readMetric } from '../support/worker-metric.ts';

const labels = ['cat', 'dog'];
const side = 5000;
/** Of 25 megapixels each, no two alike. */
const large = (index: number) => pngBomb(side, side - index);
const requestPixels = 2 ** 27;

/** As large, no two alike, and interlaced: most still wait when a busy machine has come to see that one is decoded. */
async function slow(count: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const picture = sharp({ create: { width: side, height: side, channels: 3, background: 'teal' } });
  const bytes = await picture.png({ compressionLevel: 1, progressive: true }).toBuffer();
  return Array.from({ length: count }, (_, index) => withComment(new Uint8Array(bytes), `${index}`));
}

let stack: TestStack;
let site: PictureSite;

stayInOneDay();
beforeAll(async () => {
  site = await openPictureSite();
  stack = await openTestStack({
    workerEnvironment: { ICM_FETCH_ALLOW: siteNetwork, ICM_MAX_REQUEST_PIXELS: String(requestPixels) },
  });
});
afterAll(async () => {
  await stack?.close();
  await site?.close();
});

const fromWorker = (name: string) => readMetric(stack.workers[0]?.url ?? '', name);
const leftOf = async ({ client }: StackTenant) => (await client.usage.get()).leftToday;

describe('pixels', () => {
  it('of one request are bounded together, and what is decoded of them is charged', async () => {
    const tenant = await stack.tenant('many pixels', { pixelsPerDay: 10 ** 9 });
    const pictures = Array.from({ length: 7 }, (_, index) => large(index));
    const { results } = await tenant.client.classifications.pictures(pictures, { labels });
    const refused = results.filter((result) => 'error' in result);
    expect(refused).toHaveLength(2);
    for (const { error } of refused) {
      expect(error).toMatchObject({ status: 422, code: 'picture-too-large', detail: /together/ });
    }
    const charged = 10 ** 9 - (await leftOf(tenant)).pixels;
    expect((await tenant.client.usage.get()).totals.pixelsDecoded).toBe(charged);
    expect(charged).toBeGreaterThan(4.9 * side ** 2);
    expect(charged).toBeLessThanOrEqual(requestPixels);
  });

  it('of a day end with the plan', async () => {
    const tenant = await stack.tenant('few pixels', { pixelsPerDay: 1_000_000 });
    const classify = (index: number) =>
      tenant.client.classifications.picture(pngBomb(1100, 1000 + index), { labels });
    await classify(0);
    await expect(classify(1)).rejects.toMatchObject({ status: 429, code: 'quota-exceeded' });
    expect((await leftOf(tenant)).pixels).toBe(0);
  });
});

describe('texts', () => {
  it('are charged where they are encoded, to the number of the plan, and known ones cost nothing', async () => {
    const tenant = await stack.tenant('few words', { textsPerDay: 5 });
    const embedding = Array.from({ length: 256 }, (_, index) => (index === 0 ? 1 : 0));
    const classify = (wanted: string[], templates: string[]) =>
      tenant.client.classifications.create({ labels: wanted, templates, inputs: [{ embedding }] });
    await classify(['x', 'y'], ['a {}', 'the {}']);
    await classify(['x', 'y'], ['a {}', 'the {}']);
    expect((await leftOf(tenant)).texts).toBe(1);
    await expect(classify(['z', 'w'], ['a {}'])).rejects.toMatchObject({
      status: 429,
      code: 'quota-exceeded',
    });
    await tenant.client.embeddings.create({ input: ['one text'] });
    await expect(tenant.client.embeddings.create({ input: ['another'] })).rejects.toMatchObject({
      code: 'quota-exceeded',
    });
    expect((await tenant.client.usage.get()).totals.textsEncoded).toBe(5);
  });
});

describe('addresses', () => {
  it('are fetched once a request and charged, whatever is there', async () => {
    const tenant = await stack.tenant('few fetches', { fetchesPerDay: 3 });
    const fetchAll = (...paths: string[]) =>
      tenant.client.classifications.create({
        labels,
        inputs: paths.map((path) => ({ url: site.url(path) })),
      });
    const cat = '/noto/cat.png';
    const { results } = await fetchAll(cat, cat, cat, '/none');
    expect(results).toMatchObject([
      { label: 'cat' },
      { label: 'cat' },
      { label: 'cat' },
      { error: { code: 'unfetchable-url' } },
    ]);
    expect((await leftOf(tenant)).fetches).toBe(1);
    expect((await tenant.client.usage.get()).totals.urlsFetched).toBe(2);
    await expect(fetchAll(cat, '/noto/dog.png')).rejects.toMatchObject({ code: 'quota-exceeded' });
  });
});

describe('a caller who leaves', () => {
  it('ends the work on the pictures that wait, and pays for what was begun', async () => {
    const tenant = await stack.tenant('impatient', { picturesPerDay: 100, pixelsPerDay: 10 ** 12 });
    const inputs = (await slow(5)).map((bytes) => ({ image: Buffer.from(bytes).toString('base64') }));
    const body = JSON.stringify({ labels, inputs });
    const before = await fromWorker('icm_decode_seconds_count');
    const { hostname, port } = new URL(stack.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(
      `POST /v1/classifications HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${tenant.key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await expect.poll(() => fromWorker('icm_decode_seconds_count')).toBeGreaterThan(before);
    socket.resetAndDestroy();
    await expect.poll(() => fromWorker('icm_queue_depth')).toBe(0);
    expect((await fromWorker('icm_decode_seconds_count')) - before).toBeLessThan(5);
    expect((await leftOf(tenant)).pictures).toBe(95);
    await expect.poll(async () => (await leftOf(tenant)).pixels).toBeLessThan(10 ** 12);
  });
});
