// Versions of a projection made out of others through the real stack: solved again, with pictures added, with pictures taken
// out. What was encoded once is not encoded again, and the way to a version does not show in it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FitAccepted, Projection } from '#shared/contracts/projection.ts';
import { samplePicture } from '../support/pictures.ts';
import { encodedPictures, openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const concepts = ['cat', 'hamburger', 'tulip', 'whale', 'lemon'];
const fixed = { estimator: 'icm', lambda: 1, dimension: 48 } as const;

let stack: TestStack;
let tenant: StackTenant;
/** Of the dataset `spring` alone. */
let first: Projection;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('reviser');
  await fill('spring', ['noto', 'twemoji']);
  await fill('autumn', ['fxemoji', 'emojione']);
  first = (await made(await tenant.client.projections.fit({ name: 'traps', datasets: ['spring'], ...fixed })))
    .projection;
});

afterAll(async () => {
  await stack?.close();
});

async function fill(dataset: string, styles: readonly string[], some = concepts): Promise<void> {
  const { datasets } = tenant.client;
  await datasets.create({ name: dataset }).catch(() => undefined);
  const pictures = styles.flatMap((environment) =>
    some.map((concept) => ({
      environment,
      class: concept,
      filename: `${concept}.png`,
      data: samplePicture(environment, concept),
    })),
  );
  await datasets.uploadTree(dataset, pictures);
}

async function made({ job, projection }: FitAccepted) {
  const done = await tenant.client.jobs.wait(job.id);
  return { job: done, projection: await tenant.client.projections.get(projection.id) };
}

describe('a refit', () => {
  it('solves again with other options, labels and templates, and has no picture encoded', async () => {
    const encoded = await encodedPictures(stack);
    const labels = ['feline', 'sandwich', 'flower', 'sea animal', 'fruit'];
    const request = { estimator: 'soft', lambda: 3, labels, templates: ['an icon of a {}'] } as const;
    const accepted = await tenant.client.projections.refit(first.id, {
      ...request,
      labels: [...labels],
      templates: [...request.templates],
      release: 'current',
    });
    const { job, projection } = await made(accepted);
    expect(job).toMatchObject({ kind: 'refit', status: 'succeeded' });
    expect(projection).toMatchObject({ name: 'traps', version: first.version + 1, current: true, labels });
    expect(projection.heads).toMatchObject([{ estimator: 'soft', lambda: 3 }]);
    expect(projection.datasets).toEqual(first.datasets);
    expect(await encodedPictures(stack)).toBe(encoded);
    const picture = samplePicture('emojione-monotone', 'whale');
    const { results } = await tenant.client.classifications.picture(picture, { projection: 'traps' });
    expect(labels).toContain(results[0] !== undefined && 'label' in results[0] ? results[0].label : '');
  });

  it('with the options of before gives the projection of before', async () => {
    const { projection } = await made(await tenant.client.projections.refit(first.id, { ...fixed }));
    expect(projection.version).toBeGreaterThan(first.version);
    expect(projection.contentHash).toBe(first.contentHash);
  });

  it('of an uploaded artefact is refused: there is nothing to solve from', async () => {
    const artefact = await tenant.client.projections.download(first.id);
    const uploaded = await tenant.client.projections.upload('elsewhere', artefact);
    const refit = tenant.client.projections.refit(uploaded.id, { ...fixed });
    await expect(refit).rejects.toMatchObject({ status: 409, code: 'conflict' });
  });
});

describe('an extension', () => {
  it('encodes what is new alone, and ends where a fit of everything ends', async () => {
    const extended = await made(await tenant.client.projections.extend(first.id, { add: ['autumn'] }));
    expect(extended.job).toMatchObject({ kind: 'extend', progress: { total: 2 * concepts.length } });
    expect(extended.projection.datasets.map(({ name }) => name)).toEqual(['spring', 'autumn']);
    const encoded = await encodedPictures(stack);
    const whole = await made(
      await tenant.client.projections.fit({ name: 'whole', datasets: ['spring', 'autumn'], ...fixed }),
    );
    expect(extended.projection.contentHash).toBe(whole.projection.contentHash);
    expect(await encodedPictures(stack), 'equal work has been done before').toBe(encoded);
  });

  it('of a dataset that has grown encodes what was uploaded since', async () => {
    await fill('growing', ['noto', 'twemoji']);
    const { projection } = await made(
      await tenant.client.projections.fit({ name: 'growing', datasets: ['growing'], ...fixed }),
    );
    await fill('growing', ['noto', 'twemoji'], ['peach']);
    const { job, projection: grown } = await made(
      await tenant.client.projections.extend(projection.id, { add: ['growing'] }),
    );
    expect(job.progress.total).toBe(2);
    expect(grown.labels).toEqual([...concepts, 'peach'].toSorted());
  });

  it('that takes a dataset out, even one deleted since, ends where a fit without it ends', async () => {
    const { projections, datasets } = tenant.client;
    await fill('winter', ['fluent-emoji-flat']);
    const both = await made(await projections.extend(first.id, { add: ['winter'] }));
    expect(both.projection.contentHash).not.toBe(first.contentHash);
    await datasets.delete('winter');
    const listed = await projections.get(both.projection.id);
    expect(listed.datasets).toMatchObject([{ name: 'spring' }, { name: 'winter', deleted: true }]);
    const encoded = await encodedPictures(stack);
    const without = await made(await projections.extend(both.projection.id, { remove: ['winter'] }));
    expect(without.projection.contentHash).toBe(first.contentHash);
    expect(await encodedPictures(stack)).toBe(encoded);
    const empty = projections.extend(first.id, { remove: ['spring'] });
    await expect(empty).rejects.toMatchObject({ code: 'too-few-samples' });
  });
});

describe('a name', () => {
  it('follows the newest version, is pinned by hand, and a version is kept as long as the name means it', async () => {
    const { projections, classifications } = tenant.client;
    const artefact = await projections.download(first.id);
    for (const version of [1, 2]) {
      expect(await projections.upload('named', artefact)).toMatchObject({ version, current: true });
    }
    const meant = async () => {
      const picture = samplePicture('noto', 'cat');
      return (await classifications.picture(picture, { projection: 'named' })).projection?.version;
    };
    expect(await meant()).toBe(2);
    await projections.pointAlias('named', 1);
    expect(await meant()).toBe(1);
    expect(await projections.upload('named', artefact)).toMatchObject({ version: 3, current: false });
    expect(await meant()).toBe(1);
    await expect(projections.delete('named@1')).rejects.toMatchObject({ status: 409 });
    await projections.releaseAlias('named');
    expect(await meant()).toBe(3);
    await projections.delete('named@1');
    await expect(projections.get('named@1')).rejects.toMatchObject({ status: 404 });
    expect(await projections.aliases()).toContainEqual({ name: 'named', version: 3, pinned: false });
  });
});
