// A batch through the real stack: the same answers as one by one, bad pictures apart, rows while it runs and afterwards, links,
// and nothing left when it is deleted.

import type { D1Database } from '@cloudflare/workers-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '#client/client.ts';
import type { BatchEnd } from '#client/resources/batches.ts';
import type { TreePicture } from '#client/upload-tree.ts';
import type { BatchRow } from '#shared/contracts/batch.ts';
import { sha256Hex } from '#shared/digest.ts';
import { createBatchStore } from '../../edge/stores/batch-store.ts';
import { createEmbeddingStore } from '../../edge/stores/embedding-store.ts';
import { openEmbeddingObjects } from '../support/embedding-objects.ts';
import { samplePicture, sampleTree, withComment } from '../support/pictures.ts';
import {
  encodedPictures,
  openTestStack,
  type StackTenant,
  type TestStack,
  whileWorkersStand,
} from '../support/stack.ts';

const sources = ['noto', 'twemoji', 'fxemoji'];
const concepts = ['cat', 'dog', 'hamburger', 'tulip'];
const shardItems = 5;

let stack: TestStack;
let tenant: StackTenant;

beforeAll(async () => {
  stack = await openTestStack({
    bindings: { SHARD_MAX_ITEMS: String(shardItems) },
    // So little room that shards are encoded one after the other.
    workerEnvironment: { ICM_QUEUE_LIMIT: '24', ICM_PICTURE_THREADS: '1' },
  });
  tenant = await stack.tenant('nightly', { concurrentJobs: 20 });
  const { datasets, projections, environments, jobs } = tenant.client;
  await datasets.create({ name: 'sources' });
  await datasets.uploadTree('sources', sampleTree(sources, concepts));
  await datasets.create({ name: 'night' });
  await datasets.uploadTree('night', [...night('camera'), ...night('noto'), ...night('elsewhere'), broken]);
  const { job } = await projections.fit({ name: 'emoji', datasets: ['sources'] });
  const from = { dataset: 'night', environment: 'camera' };
  const profile = await environments.createFromDataset({ name: 'camera' }, from);
  await Promise.all([job.id, profile.id].map((id) => jobs.wait(id)));
});

afterAll(async () => {
  await stack?.close();
});

/** The drawings of another style, with other bytes. */
function night(environment: string, rounds = 1): TreePicture[] {
  return Array.from({ length: rounds }, (_, round) =>
    concepts.map((concept) => ({
      environment,
      class: concept,
      filename: `${concept}-${round}.png`,
      data: withComment(samplePicture('noto', concept), `${environment} ${round}`),
    })),
  ).flat();
}

const broken: TreePicture = {
  environment: 'elsewhere',
  class: 'cat',
  filename: '=broken, "cat".png',
  data: withComment(samplePicture('noto', 'cat'), 'broken').slice(0, 300),
};

type Request = Parameters<StackTenant['client']['classifyBatch']>[0];

async function finished(request: Request): Promise<string> {
  const { job, batch } = await tenant.client.classifyBatch(request);
  await tenant.client.jobs.wait(job.id);
  return batch.id;
}

async function resultsOf(id: string): Promise<{ rows: BatchRow[]; end: BatchEnd }> {
  const given = tenant.client.batches.rows(id);
  const rows: BatchRow[] = [];
  for (;;) {
    const { done, value } = await given.next();
    if (done) return { rows, end: value };
    rows.push(value);
  }
}

const database = async () => (await stack.miniflare.getD1Database('DB')) as unknown as D1Database;

async function storedBytes(id: string): Promise<number> {
  const db = await database();
  const bytes = await db
    .prepare('SELECT bytes FROM stored_bytes WHERE tenant_id = ?')
    .bind(id)
    .first<number>('bytes');
  return bytes ?? 0;
}

/** How many of these have their embeddings stored. */
async function storedOf(pictures: readonly TreePicture[]): Promise<number> {
  const embeddings = createEmbeddingStore(await openEmbeddingObjects(stack));
  const { model } = await tenant.client.projections.get('emoji');
  const hashes = await Promise.all(pictures.map(({ data }) => sha256Hex(data as Uint8Array<ArrayBuffer>)));
  const owner = { tenantId: tenant.id, revision: model?.revision ?? '' };
  return (await embeddings.some(owner, hashes)).size;
}

const textOf = async (id: string, format: 'csv' | 'jsonl') =>
  new Response(await tenant.client.batches.download(id, format)).text();

describe('a batch', () => {
  it('answers each picture as a single classification does, by its own profile where there is one', async () => {
    const options = { projection: 'emoji', topK: 2, abstainBelow: 0.4 };
    const id = await finished({ from: { dataset: 'night' }, ...options, environments: 'by-item' });
    const { rows, end } = await resultsOf(id);
    expect(end).toEqual({ whole: true, rows: 13, items: 13, status: 'succeeded' });
    expect(new Set(rows.map(({ id }) => id)).size).toBe(13);
    const profiles = new Map([
      ['camera', 'camera'],
      ['noto', 'emoji@1:noto'],
    ]);
    for (const row of rows) {
      const environment = profiles.get(row.environment);
      const single = await tenant.client.classifications
        .create({ ...options, ...(environment && { environment }), inputs: [{ sha256: row.sha256 }] })
        .catch((error: unknown) => error);
      if ('error' in row) {
        expect(row).toMatchObject({ filename: broken.filename, error: { code: 'unreadable-picture' } });
        expect(single).toMatchObject({ code: 'unreadable-picture' });
        continue;
      }
      const { label, probability, abstained, predictions, mode } = row;
      expect(single).toMatchObject({ results: [{ label, probability, abstained, predictions }] });
      expect(mode).toBe((single as { environment?: { mode: string } }).environment?.mode ?? 'none');
    }
    expect(rows.filter((row) => 'error' in row)).toHaveLength(1);
  });

  it('sums up what its rows say, by label, environment and class', async () => {
    const id = await finished({ from: { dataset: 'night' }, projection: 'emoji', abstainBelow: 0.6 });
    const { summary, projection } = await tenant.client.batches.get(id);
    expect(projection).toMatchObject({ name: 'emoji', version: 1 });
    const { rows } = await resultsOf(id);
    const answers = rows.flatMap((row) => ('error' in row ? [] : [row]));
    const given = answers.filter(({ abstained }) => !abstained);
    const right = given.filter((row) => row.label === row.class).length;
    expect(summary).toMatchObject({
      items: 13,
      failed: 1,
      failures: [{ code: 'unreadable-picture', items: 1 }],
      abstained: answers.length - given.length,
      known: given.length,
      right,
    });
    expect(summary?.meanConfidence).toBeCloseTo(
      answers.reduce((sum, { probability }) => sum + probability, 0) / answers.length,
      12,
    );
    expect(summary?.labels.reduce((sum, { items }) => sum + items, 0)).toBe(given.length);
    expect(summary?.environments.map(({ name, items }) => [name, items])).toEqual([
      ['elsewhere', 5],
      ['camera', 4],
      ['noto', 4],
    ]);
    for (const { class: own, label, items } of summary?.confusion ?? []) {
      const same = answers.filter(
        (row) => row.class === own && (row.abstained ? undefined : row.label) === label,
      );
      expect(items).toBe(same.length);
    }
    expect(summary?.confusion.reduce((sum, { items }) => sum + items, 0)).toBe(answers.length);
  });

  it('takes a slice or a list, and plain CLIP with labels of its own', async () => {
    const labels = ['cat', 'dog'];
    const some = await resultsOf(
      await finished({ from: { dataset: 'night', environment: 'camera', class: 'cat' }, labels }),
    );
    expect(some.rows).toMatchObject([{ environment: 'camera', class: 'cat', mode: 'none' }]);
    const items = await tenant.client.datasets.items('night').all();
    const listed = items.slice(2, 9).map(({ id }) => id);
    const { rows } = await resultsOf(await finished({ from: { dataset: 'night', items: listed }, labels }));
    expect(rows.map(({ id }) => id).sort()).toEqual(listed.sort());
    await expect(
      tenant.client.classifyBatch({ from: { dataset: 'night', items: ['itm_none'] }, labels }),
    ).rejects.toMatchObject({ code: 'invalid-request', problem: { errors: [{ pointer: '/from/items' }] } });
  });

  it('encodes no picture that has been encoded before, by a job or for an answer', async () => {
    const { datasets, classifications } = tenant.client;
    await datasets.create({ name: 'seen' });
    const pictures = night('seen', 3);
    await datasets.uploadTree('seen', pictures);
    const before = await encodedPictures(stack);
    // Seven of twelve, so that a shard holds both kinds.
    await classifications.pictures(
      pictures.slice(0, 7).map(({ data }) => data as Uint8Array<ArrayBuffer>),
      {
        labels: concepts,
      },
    );
    expect(await encodedPictures(stack)).toBe(before + 7);
    // Stored behind the answer, and a job looks for them in storage alone.
    await expect.poll(() => storedOf(pictures)).toBe(7);
    const first = await finished({ from: { dataset: 'seen' }, labels: concepts });
    expect(await encodedPictures(stack)).toBe(before + 12);
    const again = await finished({ from: { dataset: 'seen' }, labels: concepts });
    expect(await encodedPictures(stack)).toBe(before + 12);
    expect(await textOf(again, 'jsonl')).toBe(await textOf(first, 'jsonl'));
    const fresh = await stack.tenant('not seen before');
    await fresh.client.datasets.create({ name: 'seen' });
    await fresh.client.datasets.uploadTree('seen', pictures);
    const { job, batch } = await fresh.client.classifyBatch({ from: { dataset: 'seen' }, labels: concepts });
    await fresh.client.jobs.wait(job.id);
    const answers = (text: string) => text.replaceAll(/"itm_\w+"/g, '');
    const theirs = await new Response(await fresh.client.batches.download(batch.id)).text();
    expect(answers(theirs)).toBe(answers(await textOf(first, 'jsonl')));
  });

  it('shows what is there while it runs, as the beginning of what comes, and keeps it when cancelled', async () => {
    const { batches, datasets, jobs } = tenant.client;
    await datasets.create({ name: 'many' });
    // So many that the job is looked at in the middle of its work, on any machine.
    const pictures = night('many', 120);
    await datasets.uploadTree('many', pictures);
    const { job, batch } = await tenant.client.classifyBatch({
      from: { dataset: 'many' },
      projection: 'emoji',
    });
    for await (const { progress } of jobs.events(job.id)) if (progress.done > 0) break;
    const early = await whileWorkersStand(stack, async () => {
      const there = await resultsOf(batch.id);
      await expect(batches.delete(batch.id)).rejects.toMatchObject({ code: 'conflict' });
      await jobs.cancel(job.id);
      return there;
    });
    expect(early.end.whole).toBe(false);
    expect(early.end.items).toBe(pictures.length);
    expect((await batches.get(batch.id)).status).toBe('cancelled');
    const late = await resultsOf(batch.id);
    expect(late.end).toMatchObject({ whole: false, status: 'cancelled' });
    expect(late.rows.length).toBeLessThan(pictures.length);
    expect(late.rows.slice(0, early.rows.length)).toEqual(early.rows);
    const whole = await resultsOf(await finished({ from: { dataset: 'many' }, projection: 'emoji' }));
    expect(whole.end.whole).toBe(true);
    expect(whole.rows.slice(0, late.rows.length)).toEqual(late.rows);
    const lines = (await textOf(batch.id, 'csv')).trimEnd().split('\r\n');
    const count = `${lines.length - 2} of ${pictures.length}`;
    expect(lines.at(-1)).toBe(`# not whole: ${count} pictures; the batch is cancelled`);
  });

  it('is a table without formulas, and by a link until it is deleted', async () => {
    const { batches } = tenant.client;
    const id = await finished({ from: { dataset: 'night' }, projection: 'emoji', topK: 2 });
    const csv = await textOf(id, 'csv');
    const lines = csv.trimEnd().split('\r\n');
    expect(lines).toHaveLength(14);
    expect(lines[0]).toContain('id,filename,sha256,environment,class,label,probability');
    expect(csv).toContain(`"'=broken, ""cat"".png"`);
    const { url } = await batches.link(id, { format: 'csv', expiresInSeconds: 60 });
    const open = async (address: string) => {
      const response = await fetch(address);
      return { status: response.status, text: await response.text() };
    };
    expect(await open(url)).toEqual({ status: 200, text: csv });
    expect((await open(url.replace('.csv.', '.jsonl.'))).status).toBe(404);
    expect((await open(url.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).status).toBe(404);
    await batches.delete(id);
    expect((await open(url)).status).toBe(404);
    await expect(batches.get(id)).rejects.toMatchObject({ code: 'not-found' });
    const bucket = await stack.miniflare.getR2Bucket('BUCKET');
    expect((await bucket.list({ prefix: `t/${tenant.id}/batches/${id}/` })).objects).toEqual([]);
  });

  it('goes by itself after its thirty days', async () => {
    const id = await finished({ from: { dataset: 'night' }, projection: 'emoji' });
    const { expiresAt } = await tenant.client.batches.get(id);
    const keepHouse = async (atMs: number) =>
      (await stack.miniflare.getWorker()).scheduled({ scheduledTime: new Date(atMs) });
    await keepHouse(Date.parse(expiresAt) - 1000);
    expect((await tenant.client.batches.get(id)).status).toBe('succeeded');
    await keepHouse(Date.parse(expiresAt) + 1000);
    await expect(tenant.client.batches.get(id)).rejects.toMatchObject({ code: 'not-found' });
    const bucket = await stack.miniflare.getR2Bucket('BUCKET');
    expect((await bucket.list({ prefix: `t/${tenant.id}/batches/${id}/` })).objects).toEqual([]);
  });

  it('counts what it keeps as stored bytes, once however often a part is done, until it is deleted', async () => {
    const before = await storedBytes(tenant.id);
    const id = await finished({ from: { dataset: 'night' }, projection: 'emoji' });
    const bucket = await stack.miniflare.getR2Bucket('BUCKET');
    const { objects } = await bucket.list({ prefix: `t/${tenant.id}/batches/${id}/` });
    const kept = objects.reduce((sum, { size }) => sum + size, 0);
    const rows = await database().then((db) =>
      db.prepare('SELECT LENGTH(subject) AS n FROM batches WHERE id = ?').bind(id).first<number>('n'),
    );
    expect(objects.length).toBe(4);
    expect(await storedBytes(tenant.id)).toBe(before + kept + 1024 + (rows ?? 0));
    const [first] = objects;
    await createBatchStore(await database()).countObject(tenant.id, id, first?.key ?? '', first?.size ?? 0);
    expect(await storedBytes(tenant.id)).toBe(before + kept + 1024 + (rows ?? 0));
    await tenant.client.batches.delete(id);
    expect(await storedBytes(tenant.id)).toBe(before);
  });

  it('ends with a plain reason where the tenant may store no more, and keeps the rows that it has', async () => {
    const small = await stack.tenant('small');
    const { datasets, jobs, batches } = small.client;
    await datasets.create({ name: 'night' });
    await datasets.uploadTree('night', [...night('camera'), ...night('noto'), ...night('elsewhere')]);
    const request = { from: { dataset: 'night' }, labels: concepts };
    const used = await storedBytes(small.id);
    const operator = createClient({ url: stack.url, key: stack.secrets.adminSecret });
    const allow = (bytes: number) =>
      operator.admin.tenants.update(small.id, { limits: { storedBytes: bytes } });
    await allow(used + 1000);
    await expect(small.client.classifyBatch(request)).rejects.toMatchObject({ code: 'quota-exceeded' });
    // For the batch and its first rows, of three shards.
    await allow(used + 1024 + 2500);
    const { job, batch } = await small.client.classifyBatch(request);
    await expect(jobs.wait(job.id)).rejects.toMatchObject({ message: expect.stringContaining('store') });
    const { status, error } = await jobs.get(job.id);
    expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'quota-exceeded' });
    expect(error?.detail).toContain('delete pictures, profiles, projections or batches first');
    expect((await batches.get(batch.id)).status).toBe('failed');
    expect(await storedBytes(small.id)).toBeLessThanOrEqual(used + 1024 + 2500);
    const rows = await new Response(await batches.download(batch.id)).text();
    expect(rows).toContain('"whole":false');
    await batches.delete(batch.id);
    expect(await storedBytes(small.id)).toBe(used);
  });

  it('may be asked for and followed by a key that may only classify, which sees no other job', async () => {
    const only = await tenant.clientWith({ scopes: ['classify'] });
    const { job, batch } = await only.classifyBatch({ from: { dataset: 'night' }, projection: 'emoji' });
    await only.jobs.wait(job.id);
    expect((await only.batches.get(batch.id)).status).toBe('succeeded');
    const fit = (await tenant.client.jobs.all()).find(({ kind }) => kind === 'fit')?.id ?? '';
    await expect(only.jobs.get(fit)).rejects.toMatchObject({ code: 'not-found' });
    await expect(only.jobs.cancel(fit)).rejects.toMatchObject({ code: 'not-found' });
    await expect(only.jobs.all()).rejects.toMatchObject({ code: 'missing-scope' });
  });
});
