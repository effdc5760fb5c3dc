// Webhooks against the whole stack: what is sent, how it is signed, when it is sent again, and when no more.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClipIcmWebhookError, verifyWebhook } from '#client/client.ts';
import { stayInOneDay } from '../support/one-day.ts';
import { siteNetwork } from '../support/picture-site.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';
import { openWebhookReceiver, type Received, type WebhookReceiver } from '../support/webhook-receiver.ts';

let stack: TestStack;
let receiver: WebhookReceiver;
let tenants = 0;

stayInOneDay();
beforeAll(async () => {
  [stack, receiver] = await Promise.all([
    openTestStack({
      workerEnvironment: { ICM_FETCH_ALLOW: siteNetwork, ICM_FETCH_TIMEOUT_MS: '4000' },
      bindings: { WEBHOOK_RETRY_SECONDS: '0.05' },
    }),
    openWebhookReceiver(),
  ]);
});

afterAll(async () => {
  await stack?.close();
  await receiver?.close();
});

async function newTenant(limits = {}): Promise<StackTenant> {
  receiver.received.length = 0;
  receiver.next.length = 0;
  tenants += 1;
  return stack.tenant(`hooked ${tenants}`, limits);
}

/** A job that ends at once: its addresses cannot be fetched. */
async function endJob({ client }: StackTenant): Promise<string> {
  await client.datasets.create({ name: 'pictures' }).catch(() => undefined);
  const { id } = await client.datasets.import('pictures', { items: [{ url: 'http://127.0.0.2/none.png' }] });
  return id;
}

const arrived = (count: number) => expect.poll(() => receiver.received.length).toBe(count);
const first = (): Received => receiver.received[0] ?? { headers: {}, body: '' };

describe('an event', () => {
  test('of a job that ended arrives signed, and again under the same id until it is taken', async () => {
    const tenant = await newTenant();
    const { id, secret } = await tenant.client.webhooks.create({ url: receiver.url, events: ['job.ended'] });
    receiver.next.push(
      (response) => void response.writeHead(500).end('not now'),
      (response) => void response.writeHead(503).end(),
    );
    const job = await endJob(tenant);
    await arrived(3);
    const [refused, , taken] = receiver.received;
    if (refused === undefined || taken === undefined) throw new Error('nothing came');
    const verified = await verifyWebhook(secret, taken.headers, taken.body);
    expect(verified.event).toMatchObject({ type: 'job.ended', data: { job: { id: job, status: 'failed' } } });
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([verified.id]),
    );
    expect(refused.body).toBe(taken.body);
    await expect
      .poll(() => tenant.client.webhooks.deliveries(id).all())
      .toMatchObject([{ eventId: verified.id, status: 'delivered', attempts: 3, responseStatus: 204 }]);
  });

  test('is told once, though its job is settled again', async () => {
    const tenant = await newTenant();
    await tenant.client.webhooks.create({ url: receiver.url });
    const job = await endJob(tenant);
    await arrived(1);
    const database = await stack.miniflare.getD1Database('DB');
    const settled = () =>
      database.prepare('SELECT settled FROM jobs WHERE id = ?').bind(job).first<number>('settled');
    await expect.poll(settled).toBe(1);
    await database.prepare('UPDATE jobs SET settled = 0 WHERE id = ?').bind(job).run();
    await keepHouse(3_600_000);
    await expect.poll(settled).toBe(1);
    expect(receiver.received).toHaveLength(1);
  });

  test('of a limit is told at 80 and at 100 per cent, once each', async () => {
    const tenant = await newTenant({ requestsPerDay: 10 });
    const { id, secret } = await tenant.client.webhooks.create({ url: receiver.url, events: ['quota.near'] });
    for (let call = 0; call < 11; call++) await tenant.fetch('/v1/webhooks');
    await arrived(2);
    const events = await Promise.all(
      receiver.received.map(({ headers, body }) => verifyWebhook(secret, headers, body)),
    );
    // Each goes its own way: either may be there first.
    expect(events.map(({ event }) => event.data)).toEqual(
      expect.arrayContaining([
        { quota: 'requests', level: 80, used: 8, limit: 10, day: expect.any(String) },
        { quota: 'requests', level: 100, used: 10, limit: 10, day: expect.any(String) },
      ]),
    );
    expect(id).toMatch(/^whk_/);
  });
});

describe('a test event', () => {
  test('is sent at once, and says what came of it', async () => {
    const { client } = await newTenant();
    const { id, secret } = await client.webhooks.create({ url: receiver.url });
    expect(await client.webhooks.test(id)).toMatchObject({ status: 'delivered', responseStatus: 204 });
    const { event } = await verifyWebhook(secret, first().headers, first().body);
    expect(event).toMatchObject({ type: 'webhook.test', data: { webhook: id } });
  });

  test.each([
    ['of a private address is refused', 'http://127.0.0.2:9/', 'It could not be reached, or may not be.'],
    [
      'of an address that nobody answers is refused alike',
      'http://127.0.0.1:9/',
      'It could not be reached, or may not be.',
    ],
  ])('%s', async (_what, url, error) => {
    const { client } = await newTenant();
    const { id } = await client.webhooks.create({ url });
    expect(await client.webhooks.test(id)).toMatchObject({ status: 'failed', error });
  });

  test('does not follow a redirect', async () => {
    const { client } = await newTenant();
    const { id } = await client.webhooks.create({ url: receiver.url });
    receiver.next.push((response) => void response.writeHead(307, { location: receiver.url }).end());
    expect(await client.webhooks.test(id)).toMatchObject({
      status: 'failed',
      responseStatus: 307,
      error: 'It redirects, which is not followed',
    });
    expect(receiver.received).toHaveLength(1);
  });

  test('gives up on a receiver that does not answer', async () => {
    const { client } = await newTenant();
    const { id } = await client.webhooks.create({ url: receiver.url });
    receiver.next.push(() => undefined);
    expect(await client.webhooks.test(id)).toMatchObject({
      status: 'failed',
      error: 'It did not answer in 4000 ms.',
    });
  });

  test('costs a fetch', async () => {
    const { client } = await newTenant({ fetchesPerDay: 1 });
    const { id } = await client.webhooks.create({ url: receiver.url, events: ['job.ended'] });
    await client.webhooks.test(id);
    await expect(client.webhooks.test(id)).rejects.toMatchObject({ code: 'quota-exceeded' });
  });
});

describe('a webhook', () => {
  test('whose endpoint is gone is disabled, with a line in the audit log', async () => {
    const tenant = await newTenant();
    const { client } = tenant;
    const { id } = await client.webhooks.create({ url: receiver.url });
    receiver.next.push((response) => void response.writeHead(410).end());
    await endJob(tenant);
    await expect
      .poll(() => client.webhooks.get(id))
      .toMatchObject({ status: 'disabled', disabledBy: 'gone' });
    const { items } = await client.usage.audit.page();
    expect(items[0]).toMatchObject({ action: 'webhook.disable', subject: id, detail: { cause: 'gone' } });
    expect(await client.webhooks.update(id, { enabled: true })).toMatchObject({ status: 'enabled' });
  });

  test('that has failed for days is disabled', async () => {
    const tenant = await newTenant();
    const { client } = tenant;
    const { id } = await client.webhooks.create({ url: receiver.url });
    const database = await stack.miniflare.getD1Database('DB');
    const long = Date.now() - 6 * 24 * 3_600_000;
    await database.prepare('UPDATE webhooks SET failing_since = ? WHERE id = ?').bind(long, id).run();
    receiver.next.push((response) => void response.writeHead(500).end());
    await endJob(tenant);
    await expect
      .poll(() => client.webhooks.get(id))
      .toMatchObject({ status: 'disabled', disabledBy: 'failing' });
    expect(await client.webhooks.deliveries(id).all()).toMatchObject([{ status: 'failed', attempts: 1 }]);
  });

  test('signs with both secrets while an old one is good', async () => {
    const { client } = await newTenant();
    const made = await client.webhooks.create({ url: receiver.url });
    const rotated = await client.webhooks.rotate(made.id, { graceSeconds: 60 });
    expect(rotated.previousSecretUntil).toBeDefined();
    await client.webhooks.test(made.id);
    for (const secret of [made.secret, rotated.secret]) {
      await verifyWebhook(secret, first().headers, first().body);
    }
    const again = await client.webhooks.rotate(made.id, { graceSeconds: 0 });
    receiver.received.length = 0;
    await client.webhooks.test(made.id);
    await verifyWebhook(again.secret, first().headers, first().body);
    await expect(verifyWebhook(rotated.secret, first().headers, first().body)).rejects.toThrow(
      ClipIcmWebhookError,
    );
  });

  test('waits while its tenant is suspended, and is told after that', async () => {
    const tenant = await newTenant();
    const { id } = await tenant.client.webhooks.create({ url: receiver.url });
    const database = await stack.miniflare.getD1Database('DB');
    const suspend = (suspended: 0 | 1) =>
      database.prepare('UPDATE tenants SET suspended = ? WHERE id = ?').bind(suspended, tenant.id).run();
    // In the middle of the first attempt, which is followed by another in no time.
    receiver.next.push((response) => void suspend(1).then(() => response.writeHead(500).end()));
    const delivery = () =>
      database
        .prepare('SELECT attempts, response_status FROM webhook_deliveries WHERE webhook_id = ?')
        .bind(id)
        .first<{ attempts: number; response_status: number | null }>();
    await endJob(tenant);
    const once = { attempts: 1, response_status: 500 };
    await expect.poll(delivery).toEqual(once);
    // Due long ago, and nobody takes it over.
    await database.prepare('UPDATE webhook_deliveries SET due_at = 1 WHERE webhook_id = ?').bind(id).run();
    await keepHouse();
    expect(await delivery()).toEqual(once);
    await suspend(0);
    await keepHouse();
    await expect
      .poll(() => tenant.client.webhooks.deliveries(id).all())
      .toMatchObject([{ status: 'delivered' }]);
  });

  test('is one of ten at most, and keeps its secret from whoever reads the database', async () => {
    const { client } = await newTenant();
    const { secret } = await client.webhooks.create({ url: receiver.url });
    const database = await stack.miniflare.getD1Database('DB');
    const { results } = await database.prepare('SELECT secret FROM webhooks').all<{ secret: number[] }>();
    const texts = results.map((row) => Buffer.from(row.secret).toString('latin1'));
    expect(texts.some((text) => text.includes(secret) || text.includes('whsec_'))).toBe(false);
    for (let more = 1; more < 10; more++) await client.webhooks.create({ url: receiver.url });
    await expect(client.webhooks.create({ url: receiver.url })).rejects.toMatchObject({
      code: 'quota-exceeded',
    });
  });

  test('takes no address with credentials, nor any that is not of the web', async () => {
    const { client } = await newTenant();
    for (const url of ['https://a:b@hooks.example.com/', 'ftp://hooks.example.com/']) {
      await expect(client.webhooks.create({ url })).rejects.toMatchObject({ code: 'invalid-request' });
    }
  });
});

test('docs/webhooks.md does what it shows', async () => {
  const tenant = await newTenant();
  const page = await readFile('docs/webhooks.md', 'utf8');
  const blocks = [...page.matchAll(/```sh\n(.*?)\n```\n\n```text\n(.*?)\n```/gs)];
  expect(blocks.length).toBe(page.match(/```sh\n/g)?.length);
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-webhooks-'));
  const script = ['set -euo pipefail', ...blocks.map(([, code = '']) => code)].join('\n');
  const env = {
    ...process.env,
    CLIP_ICM_URL: stack.url,
    CLIP_ICM_KEY: tenant.key,
    RECEIVER: receiver.url,
    WORK: directory,
  };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env });
  expect(stdout).toBe(`${blocks.map(([, , shown = '']) => shown).join('\n')}\n`);
  const { headers, body } = receiver.received.at(-1) ?? first();
  const secrets = await Promise.all(
    ['secret', 'new-secret'].map((name) => readFile(path.join(directory, name), 'utf8')),
  );
  for (const secret of secrets) await verifyWebhook(secret.trim(), headers, body);
  await rm(directory, { recursive: true, force: true });
});

/** What the cron trigger does, so much later. */
async function keepHouse(laterMs = 0): Promise<void> {
  const worker = await stack.miniflare.getWorker('edge');
  await worker.scheduled({ scheduledTime: new Date(Date.now() + laterMs) });
}
