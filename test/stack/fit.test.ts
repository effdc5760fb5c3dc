// Fitting through the real stack, from pictures on disk to an answer by the projection; and that it can be repeated.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import { FitReport } from '#shared/contracts/fit-report.ts';
import type { JobStatus } from '#shared/contracts/job.ts';
import type { Projection } from '#shared/contracts/projection.ts';
import { samplePicture, sampleTree } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const styles = ['noto', 'twemoji', 'fxemoji'];
const concepts = ['cat', 'dog', 'hamburger', 'tulip', 'whale', 'tiger', 'lemon', 'mushroom'];

let stack: TestStack;
let tenant: StackTenant;
/** Fitted once, for the tests that only look at a projection. */
let emoji: Projection;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('fitter');
  await tenant.client.datasets.create({ name: 'emoji' });
  await tenant.client.datasets.uploadTree('emoji', sampleTree(styles, concepts));
  emoji = await fitEmoji(tenant);
});

afterAll(async () => {
  await stack?.close();
});

async function fitEmoji({ client }: StackTenant): Promise<Projection> {
  const { job, projection } = await client.projections.fit({ name: 'emoji', datasets: ['emoji'], seed: 7 });
  await client.jobs.wait(job.id);
  return client.projections.get(projection.id);
}

describe('a fit', () => {
  it('ends in a projection that classifies, and tells how it was chosen', async () => {
    const { job, projection } = await tenant.client.projections.fit({ name: 'told', datasets: ['emoji'] });
    const statuses: JobStatus[] = [];
    for await (const { status } of tenant.client.jobs.events(job.id)) statuses.push(status);
    expect(statuses.at(-1)).toBe('succeeded');

    const fitted = await tenant.client.projections.get(projection.id);
    expect(fitted).toMatchObject({ name: 'told', version: 1, current: true, status: 'ready' });
    expect(fitted.labels?.toSorted()).toEqual(concepts.toSorted());
    const { sources, heads } = FitReport.parse(await tenant.client.projections.report('told'));
    expect(sources.map(({ name }) => name).toSorted()).toEqual(styles.toSorted());
    const [head] = heads;
    expect(head?.candidates.map(({ mode }) => mode)).toContain('profiled');
    expect(head?.unprofiled.reason).not.toBe('');
    expect(fitted.heads?.[0]?.modes?.profiled?.choice).toBe(head?.profiled.choice);
    const { spectrum } = await tenant.client.projections.spectrum('told');
    expect(spectrum).toEqual(spectrum.toSorted((a, b) => b - a));

    const drawn = samplePicture('emojione', 'hamburger');
    const answer = await tenant.client.classifications.picture(drawn, { projection: 'told' });
    expect(answer.projection).toMatchObject({ name: 'told', version: 1 });
    expect(answer.results[0]).toMatchObject({ label: 'hamburger' });
  });

  it('made twice with one seed gives the same bytes, but for the time', async () => {
    const again = await fitEmoji(tenant);
    expect(again.version).toBe(emoji.version + 1);
    expect(again.contentHash).toBe(emoji.contentHash);
    const bytes = await Promise.all([emoji, again].map(({ id }) => tenant.client.projections.download(id)));
    const [one, other] = await Promise.all(bytes.map(decodeArtefact));
    if (!one?.ok || !other?.ok) throw new Error('an artefact could not be read');
    expect({ ...other.value.header, createdAt: '' }).toEqual({ ...one.value.header, createdAt: '' });
    expect(other.value.heads).toEqual(one.value.heads);
  });

  it('downloaded and uploaded under another name answers the same', async () => {
    const artefact = await tenant.client.projections.download(emoji.id);
    const copy = await tenant.client.projections.upload('copy', artefact);
    expect(copy.contentHash).toBe(emoji.contentHash);
    const picture = samplePicture('emojione', 'tiger');
    const ask = (projection: string) => tenant.client.classifications.picture(picture, { projection });
    const [a, b] = [await ask(emoji.id), await ask('copy')];
    expect(b.results[0]).toEqual({ ...a.results[0], embedding: 'memory' });
  });
});

describe('another tenant', () => {
  it('with everything called the same sees nothing of the first', async () => {
    const other = await stack.tenant('other');
    const asking = other.client.classifications.picture(samplePicture('noto', 'cat'), {
      projection: emoji.id,
    });
    await expect(asking).rejects.toMatchObject({ status: 404 });
    await expect(other.client.projections.get(emoji.id)).rejects.toMatchObject({ status: 404 });
    await expect(other.client.projections.download('emoji')).rejects.toMatchObject({ status: 404 });
    await expect(other.client.datasets.get('emoji')).rejects.toMatchObject({ status: 404 });
    await expect(other.client.jobs.get(emoji.jobId ?? '')).rejects.toMatchObject({ status: 404 });

    await other.client.datasets.create({ name: 'emoji' });
    await other.client.datasets.uploadTree(
      'emoji',
      sampleTree(styles, concepts).slice(0, concepts.length * 2),
    );
    const theirs = await fitEmoji(other);
    expect(theirs).toMatchObject({ name: 'emoji', version: 1 });
    expect(await other.client.projections.all()).toHaveLength(1);
    expect(await other.client.jobs.all()).toHaveLength(1);
    expect((await tenant.client.projections.get(emoji.id)).contentHash).toBe(emoji.contentHash);
  });
});
