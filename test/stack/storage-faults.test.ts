// A database and a bucket that fail, under the real stack: what a caller is told, that a job gets to the same end all the same,
// and what it leaves behind where it cannot.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '#shared/contracts/job.ts';
import { Problem } from '#shared/contracts/problem.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { createFaultyStorage, type FaultyStorage } from '../support/faulty-storage.ts';
import { stayInOneDay } from '../support/one-day.ts';
import { samplePicture, sampleTree, withComment } from '../support/pictures.ts';
import { encodedPictures, openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const styles = ['noto', 'twemoji', 'fxemoji'];
const concepts = ['cat', 'dog', 'hamburger', 'tulip', 'whale'];
const pictures = styles.length * concepts.length;
const picturesPerDay = 1000;
const labels = ['cat', 'dog'];

let storage: FaultyStorage;
let stack: TestStack;
/** Fitted while nothing failed. */
let calm: { readonly tenant: StackTenant; readonly projection: Projection };
const logged: string[] = [];

stayInOneDay();
beforeAll(async () => {
  storage = await createFaultyStorage();
  stack = await openTestStack({
    edge: storage.edge,
    bindings: { SHARD_MAX_ITEMS: '8' },
    onLog: (source, line) => void (source === 'edge' && logged.push(line)),
  });
  const tenant = await tenantWithPictures('calm');
  calm = { tenant, projection: await fitEmoji(tenant) };
});

afterEach(() => {
  storage.heal();
  logged.length = 0;
});

afterAll(async () => {
  await stack?.close();
});

async function tenantWithPictures(name: string): Promise<StackTenant> {
  const tenant = await stack.tenant(name, { picturesPerDay });
  await tenant.client.datasets.create({ name: 'emoji' });
  await tenant.client.datasets.uploadTree('emoji', sampleTree(styles, concepts));
  return tenant;
}

function startFit({ client }: StackTenant) {
  return client.projections.fit({
    name: 'emoji',
    datasets: ['emoji'],
    interventions: [{ name: 'grayscale' }],
  });
}

async function fitEmoji(tenant: StackTenant): Promise<Projection> {
  const { job, projection } = await startFit(tenant);
  await tenant.client.jobs.wait(job.id);
  return tenant.client.projections.get(projection.id);
}

async function picturesCharged(tenant: StackTenant): Promise<number> {
  return picturesPerDay - (await tenant.client.usage.get()).leftToday.pictures;
}

async function keysUnder(prefix: string): Promise<string[]> {
  const bucket = await stack.miniflare.getR2Bucket('BUCKET');
  return (await bucket.list({ prefix })).objects.map(({ key }) => key);
}

/** Ended and cleared away after. */
async function settledJob({ client }: StackTenant, id: string): Promise<Job> {
  const database = await stack.miniflare.getD1Database('DB');
  const settled = () => database.prepare('SELECT settled FROM jobs WHERE id = ?').bind(id).first('settled');
  await expect.poll(settled).toBe(1);
  return client.jobs.get(id);
}

describe('a fit', () => {
  it('over storage that fails at every kind of step is the same as over a good one, and costs the same', async () => {
    const tenant = await tenantWithPictures('shaken');
    const faults = [
      { operation: /R2 put .*plan\.json/ },
      { operation: /R2 put .*plan\.json/, when: 'after' },
      { operation: /D1 UPDATE jobs SET stage/ },
      { operation: /R2 get .*\/pictures\// },
      { operation: /R2 put .*\/shards\/.*\.stats$/ },
      { operation: /R2 put .*\/shards\/.*\.stats\.json$/ },
      { operation: /R2 put .*\/shards\/.*\.stats\.json$/, when: 'after' },
      { operation: /D1 INSERT OR REPLACE INTO job_shards/ },
      { operation: /D1 INSERT OR REPLACE INTO job_shards/, when: 'after' },
      { operation: /R2 get .*\/shards\/.*\.stats$/ },
      { operation: /R2 put .*\/statistics\/.*\.stats$/ },
      { operation: /R2 get .*\/statistics\/.*\.stats$/ },
      { operation: /R2 put .*\/projections\//, when: 'after' },
      { operation: /R2 get .*\/projections\// },
      { operation: /D1 .*status = 'succeeded'/ },
      { operation: /D1 .*status = 'succeeded'/, when: 'after' },
    ] as const;
    for (const fault of faults) storage.fail({ times: 1, ...fault });
    const shaken = await fitEmoji(tenant);
    expect(storage.failed).toHaveLength(faults.length);
    expect(shaken).toMatchObject({ status: 'ready', version: 1, contentHash: calm.projection.contentHash });
    expect(await tenant.client.projections.all()).toHaveLength(1);
    expect(await picturesCharged(tenant)).toBe(pictures);
    // Storage's failures are not the worker's: no call was made again for them, and none counted against it.
    expect(logged.filter((line) => line.includes('worker-call-failed'))).toEqual([]);
  });

  it.each([
    ['store what was encoded', /R2 put .*\/shards\/.*\.stats$/, 0],
    ['note what was encoded', /R2 put .*\/shards\/.*\.stats\.json$/, 0],
    ['read its pictures', /R2 get .*\/pictures\//, 0],
    // What it has encoded stays for another fit of the same pictures.
    ['read its artefact', /R2 get .*\/projections\//, pictures],
  ])(
    'that can never %s ends as internal, and leaves nothing half done',
    async (_what, operation, charged) => {
      const tenant = await tenantWithPictures('unlucky');
      storage.fail({ operation });
      const { job, projection } = await startFit(tenant);
      const ended = await settledJob(tenant, job.id);
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'internal' } });
      expect(JSON.stringify(ended)).not.toContain('storage');
      const failed = await tenant.client.projections.get(projection.id);
      expect(failed).toMatchObject({ status: 'failed', current: false });
      expect(await keysUnder(`t/${tenant.id}/jobs/`)).toEqual([]);
      expect(await keysUnder(`t/${tenant.id}/projections/`)).toEqual([]);
      expect(await picturesCharged(tenant)).toBe(charged);
      // Lines come by another way than answers, and later.
      const told = () => logged.filter((line) => line.includes(job.id)).map((line) => JSON.parse(line));
      const message = expect.stringContaining('storage is away');
      await expect.poll(told).toContainEqual(expect.objectContaining({ event: 'job-bug', message }));
      expect(told().filter(({ event }) => event === 'step-failed').length).toBeGreaterThanOrEqual(6);
    },
  );
});

describe('a job', () => {
  it('whose failure cannot be written down goes on once the database is back', async () => {
    const tenant = await tenantWithPictures('patient');
    storage.fail({ operation: /^D1 UPDATE jobs SET (status|stage)/ });
    const { job, projection } = await startFit(tenant);
    const hasGivenUp = () => storage.failed.some((operation) => operation.includes("status = 'failed'"));
    await expect.poll(hasGivenUp).toBe(true);
    storage.heal();
    const database = await stack.miniflare.getD1Database('DB');
    // As if it had been silent for long.
    await database.prepare('UPDATE jobs SET heartbeat_at = 0 WHERE id = ?').bind(job.id).run();
    // Whoever looks at it has it taken over.
    await tenant.client.jobs.get(job.id);
    await tenant.client.jobs.wait(job.id);
    expect(await tenant.client.projections.get(projection.id)).toMatchObject({
      status: 'ready',
      contentHash: calm.projection.contentHash,
    });
    expect(await picturesCharged(tenant)).toBe(pictures);
  });
});

describe('an evaluation', () => {
  it('whose steps are repeated charges each picture once', async () => {
    const { tenant, projection } = calm;
    const charged = await picturesCharged(tenant);
    const before = await encodedPictures(stack);
    storage.fail({ operation: /R2 put .*\.encoded$/, times: 1 });
    storage.fail({ operation: /R2 put .*\/tally\//, times: 1 });
    storage.fail({ operation: /D1 INSERT OR REPLACE INTO job_shards/, times: 1, when: 'after' });
    const { job } = await tenant.client.evaluations.create({
      projection: projection.id,
      datasets: ['emoji'],
    });
    await tenant.client.jobs.wait(job.id);
    expect(storage.failed).toHaveLength(3);
    expect(await encodedPictures(stack)).toBeGreaterThan(before + pictures);
    expect(await picturesCharged(tenant)).toBe(charged + pictures);
  });
});

describe('what is made again when it is missing', () => {
  it('lies apart from what is kept, and may go at any time', async () => {
    const tenant = await stack.tenant('only asks');
    await tenant.client.classifications.picture(samplePicture('noto', 'cat'), { labels });
    const kinds = async () =>
      (await keysUnder(`cache/${tenant.id}/`)).map((key) => key.split('/')[2]).toSorted();
    await expect.poll(kinds).toEqual(['prototypes']);
    expect(await keysUnder(`t/${tenant.id}/`)).toEqual([]);

    const evaluate = async () => {
      const { job, evaluation } = await calm.tenant.client.evaluations.create({
        projection: calm.projection.id,
        datasets: ['emoji'],
      });
      await calm.tenant.client.jobs.wait(job.id);
      return (await calm.tenant.client.evaluations.get(evaluation.id)).report;
    };
    const report = await evaluate();
    const bucket = await stack.miniflare.getR2Bucket('BUCKET');
    const gone = await keysUnder(`cache/${calm.tenant.id}/`);
    expect(gone.some((key) => key.endsWith('.encoded'))).toBe(true);
    await bucket.delete(gone);
    expect(await evaluate()).toEqual(report);
    expect(await keysUnder(`cache/${calm.tenant.id}/`)).toContainEqual(expect.stringMatching(/\.encoded$/));
  });
});

describe('a caller', () => {
  it('is told nothing of a database that is away, and served once it is back', async () => {
    const tenant = await stack.tenant('while the database is away');
    storage.fail({ operation: /^D1 / });
    for (const [method, path, body] of [
      ['GET', '/v1/datasets', undefined],
      ['POST', '/v1/projections', '{"name":"emoji","datasets":["emoji"]}'],
      ['POST', '/v1/classifications', '{"projection":"emoji","inputs":[{"embedding":[1]}]}'],
    ] as const) {
      const response = await tenant.fetch(path, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
      });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        500,
        'application/problem+json',
      ]);
      const text = await response.text();
      expect(Problem.parse(JSON.parse(text)).code).toBe('internal');
      expect(text).not.toMatch(/storage|SELECT|stack/);
    }
    // So that none of these lines comes while the next test looks at what is said in it.
    await expect.poll(() => logged.filter((line) => line.includes('"bug"')).length).toBe(3);
    storage.heal();
    expect(await tenant.client.datasets.all()).toEqual([]);
  });

  it('is answered while the bucket and stored embeddings are away, from memory or else by a worker', async () => {
    const { tenant, projection } = calm;
    const [known, fresh] = ['known', 'fresh'].map((name) => withComment(samplePicture('noto', 'cat'), name));
    if (known === undefined || fresh === undefined) throw new Error('two pictures were made');
    const ask = (picture: Uint8Array<ArrayBuffer>, options: { projection: string } | { labels: string[] }) =>
      tenant.client.classifications.picture(picture, options);
    await ask(known, { projection: projection.id });
    await ask(known, { labels });
    storage.fail({ operation: /^(R2|EMBEDDINGS) / });

    const [asked] = (await ask(known, { projection: projection.id })).results;
    expect(asked).toMatchObject({ label: 'cat', embedding: 'memory' });
    expect((await ask(known, { labels })).results[0]).toMatchObject({ embedding: 'memory' });
    const [first] = (await ask(fresh, { projection: projection.id })).results;
    expect(first).toMatchObject({ label: 'cat', embedding: 'worker' });
    expect((await ask(known, { labels: ['cat', 'whale'] })).results[0]).toMatchObject({ label: 'cat' });
    expect(storage.failed.length).toBeGreaterThan(0);
    expect(logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('is answered by a worker where the look-up of an embedding never ends', async () => {
    const fresh = withComment(samplePicture('noto', 'cat'), 'never looked up');
    storage.fail({ operation: /^EMBEDDINGS read/, when: 'never' });
    const { results } = await calm.tenant.client.classifications.picture(fresh, { labels });
    expect(results[0]).toMatchObject({ label: 'cat', embedding: 'worker' });
    expect(storage.failed).toEqual([expect.stringMatching(/^EMBEDDINGS read/)]);
  });
});
