// A fit as a job, through the real stack: what it tells on its way, that it stops when told to, and that it bears with pictures
// that cannot be read.

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TreePicture } from '#client/upload-tree.ts';
import { sha256Hex } from '#shared/digest.ts';
import { samplePicture, withComment } from '../support/pictures.ts';
import {
  encodedPictures,
  openTestStack,
  type StackTenant,
  type TestStack,
  whileWorkersStand,
} from '../support/stack.ts';

const styles = ['noto', 'twemoji', 'fxemoji'];
const concepts = ['cat', 'dog', 'hamburger', 'tulip'];
const shardItems = 4;

let stack: TestStack;
const workerLines: string[] = [];

beforeAll(async () => {
  stack = await openTestStack({
    onLog: (source, line) => void (source === 'worker' && workerLines.push(line)),
    bindings: { SHARD_MAX_ITEMS: String(shardItems) },
    // So little room that shards are encoded one after the other.
    workerEnvironment: { ICM_QUEUE_LIMIT: '24', ICM_PICTURE_THREADS: '1' },
  });
});

afterAll(async () => {
  await stack?.close();
});

/** `rounds` times 12 different pictures. */
function tree(rounds: number): TreePicture[] {
  return Array.from({ length: rounds }, (_, round) =>
    styles.flatMap((environment) =>
      concepts.map((concept) => ({
        environment,
        class: concept,
        filename: `${concept}-${round}.png`,
        data: withComment(samplePicture(environment, concept), String(round)),
      })),
    ),
  ).flat();
}

async function tenantWith(pictures: readonly TreePicture[]): Promise<StackTenant> {
  const tenant = await stack.tenant('worker of jobs');
  await tenant.client.datasets.create({ name: 'pictures' });
  await tenant.client.datasets.uploadTree('pictures', pictures);
  return tenant;
}

const fit = {
  name: 'fit',
  datasets: ['pictures'],
  interventions: [{ name: 'grayscale' }],
} satisfies Parameters<StackTenant['client']['projections']['fit']>[0];

async function isSettled(jobId: string): Promise<boolean> {
  const database = await stack.miniflare.getD1Database('DB');
  return (await database.prepare('SELECT settled FROM jobs WHERE id = ?').bind(jobId).first('settled')) === 1;
}

describe('a fit', () => {
  it('tells how far it is, and cancelled stops within a shard and leaves nothing behind', async () => {
    const { id, client } = await tenantWith(tree(20));
    const { job, projection } = await client.projections.fit(fit);
    for await (const { progress } of client.jobs.events(job.id)) {
      if (progress.done === 0) continue;
      expect(progress).toMatchObject({ total: 240, failed: 0 });
      const { done, total, ratePerSecond = 0, secondsLeft = 0 } = progress;
      expect(done).toBeLessThan(total);
      expect(ratePerSecond).toBeGreaterThan(0);
      expect(secondsLeft).toBeCloseTo((total - done) / ratePerSecond, 6);
      break;
    }
    // Else a worker that goes on may be done by the time that a busy machine has come to say so.
    const cancelled = await whileWorkersStand(stack, () => client.jobs.cancel(job.id));
    expect(cancelled.status).toBe('cancelled');
    expect((await client.projections.get(projection.id)).status).toBe('cancelled');
    await expect.poll(() => isSettled(job.id)).toBe(true);
    // The pictures of this test are the first that the worker has been sent.
    expect(await encodedPictures(stack)).toBeLessThanOrEqual(cancelled.progress.done + shardItems);
    expect((await client.jobs.get(job.id)).progress.done).toBe(cancelled.progress.done);
    const bucket = await stack.miniflare.getR2Bucket('BUCKET');
    expect((await bucket.list({ prefix: `t/${id}/jobs/` })).objects).toEqual([]);
    expect((await bucket.list({ prefix: `t/${id}/projections/` })).objects).toEqual([]);
    await client.projections.delete(projection.id);
  });

  it('counts pictures as they are encoded, not only whole shards', async () => {
    // Interlaced and so large that a shard takes longer than the wait between two looks at it, on any machine.
    const large = await sharp({ create: { width: 8000, height: 8000, channels: 3, background: 'teal' } })
      .png({ compressionLevel: 1, progressive: true })
      .toBuffer();
    const pictures = Array.from({ length: 2 * shardItems }, (_, index) => ({
      environment: styles[index % 2] ?? '',
      class: concepts[index % 4] ?? '',
      filename: `${index}.png`,
      data: withComment(new Uint8Array(large), String(index)),
    }));
    const { client } = await tenantWith(pictures);
    const { job } = await client.projections.fit({ name: 'large', datasets: ['pictures'] });
    const seen: number[] = [];
    for await (const { progress } of client.jobs.events(job.id)) seen.push(progress.done);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(pictures.length);
    expect(seen.filter((done) => done % shardItems !== 0)).not.toEqual([]);
  });

  it('names pictures that cannot be read, and takes as many as it is told to', async () => {
    const broken = ['a', 'b', 'c'].map((name) => ({
      environment: 'noto',
      class: 'cat',
      filename: `${name}.png`,
      data: withComment(samplePicture('noto', 'cat'), name).slice(0, 300),
    }));
    const { client } = await tenantWith([...tree(1), ...broken]);

    const strict = await client.projections.fit({ ...fit, name: 'strict' });
    await expect(client.jobs.wait(strict.job.id)).rejects.toMatchObject({
      job: {
        status: 'failed',
        error: { code: 'unreadable-picture', detail: expect.stringContaining('5 %') },
      },
    });
    expect((await client.projections.get(strict.projection.id)).status).toBe('failed');

    const lenient = await client.projections.fit({ ...fit, name: 'lenient', maxFailedShare: 0.25 });
    await client.jobs.wait(lenient.job.id);
    const { progress, failures = [] } = await client.jobs.get(lenient.job.id);
    expect(progress).toMatchObject({ done: 15, total: 15, failed: 3 });
    const hashes = await Promise.all(broken.map(({ data }) => sha256Hex(data)));
    expect(failures.map(({ subject }) => subject).sort()).toEqual(hashes.sort());
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['unreadable-picture']));
    const { labels } = await client.projections.get(lenient.projection.id);
    expect(labels?.toSorted()).toEqual(concepts.toSorted());
  });
});

describe('a job', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  /** The trace of each call of the job to the worker, by path. */
  function tracesOf(jobId: string): Record<string, string> {
    const lines = workerLines.filter((line) => line.includes(jobId)).map((line) => JSON.parse(line));
    const calls = lines.filter(({ event, requestId }) => event === 'request' && requestId === jobId);
    return Object.fromEntries(calls.map(({ path, traceId = 'none' }) => [path, traceId]));
  }

  async function start(tenant: StackTenant, path: string, body: object, trace = traceparent) {
    const headers = { 'content-type': 'application/json', traceparent: trace };
    const response = await tenant.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status).toBe(202);
    const answer = (await response.json()) as { id?: string; job?: { id: string } };
    const id = answer.job?.id ?? answer.id ?? '';
    return { id, ended: tenant.client.jobs.wait(id).catch((error: unknown) => error) };
  }

  it('calls the worker in the trace that it was asked for in', async () => {
    const tenant = await tenantWith(tree(1));
    const trace = traceparent.slice(3, 35);
    const fitted = await start(tenant, '/v1/projections', fit);
    await fitted.ended;
    await expect
      .poll(() => tracesOf(fitted.id))
      .toEqual({ '/v1/statistics': trace, '/v1/merge': trace, '/v1/solve': trace });
    const evaluated = await start(tenant, '/v1/evaluations', { projection: 'fit', datasets: ['pictures'] });
    await evaluated.ended;
    await expect.poll(() => tracesOf(evaluated.id)).toMatchObject({ '/v1/encode/images': trace });
    const items = [{ url: 'http://127.0.0.1:9/none.png' }];
    const imported = await start(tenant, '/v1/datasets/pictures/imports', { items });
    await imported.ended;
    await expect.poll(() => tracesOf(imported.id)).toEqual({ '/v1/fetch': trace });
    const odd = await start(tenant, '/v1/datasets/pictures/imports', { items }, '00-not-a-trace-01');
    await odd.ended;
    await expect.poll(() => tracesOf(odd.id)).toEqual({ '/v1/fetch': 'none' });
  });
});
