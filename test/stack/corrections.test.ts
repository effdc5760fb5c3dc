// Labels put right under a projection's answers, through the real stack: kept with the embedding that was answered, and taken in by
// a refit for which nothing is encoded.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FitAccepted, Projection } from '#shared/contracts/projection.ts';
import { samplePicture, sampleTree } from '../support/pictures.ts';
import { encodedPictures, openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const concepts = ['cat', 'hamburger', 'tulip', 'whale', 'lemon', 'peach', 'bread', 'spider', 'snail', 'dog'];

let stack: TestStack;
let tenant: StackTenant;
let first: Projection;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('corrector');
  const { datasets, projections } = tenant.client;
  await datasets.create({ name: 'icons' });
  await datasets.uploadTree('icons', sampleTree(['noto', 'twemoji', 'fxemoji'], concepts));
  first = await made(
    await projections.fit({ name: 'icons', datasets: ['icons'], interventions: ['grayscale'] }),
  );
});

afterAll(async () => {
  await stack?.close();
});

async function made({ job, projection }: FitAccepted): Promise<Projection> {
  await tenant.client.jobs.wait(job.id);
  return tenant.client.projections.get(projection.id);
}

describe('ten corrections', () => {
  it('are made from answers by the hash of the picture, and taken in by a refit without an encode call', async () => {
    const { classifications, corrections, projections } = tenant.client;
    const pictures = concepts.map((concept) => samplePicture('emojione-monotone', concept));
    const answers = await classifications.pictures(pictures, { projection: 'icons' });
    const encoded = await encodedPictures(stack);
    const { items, failures } = await corrections.add({
      projection: 'icons',
      corrections: answers.results.map((result, index) => {
        if (!('label' in result) || result.sha256 === undefined) throw new Error('not answered');
        const input = { sha256: result.sha256 };
        return { input, label: concepts[index] ?? '', environment: 'monotone', answered: result.label };
      }),
    });
    expect(failures).toEqual([]);
    expect(items).toHaveLength(10);
    expect(await corrections.of('icons').all()).toHaveLength(10);
    expect(await corrections.of('others').all()).toEqual([]);
    expect((await corrections.of('icons').page({ limit: 3 })).items).toHaveLength(3);

    const corrected = await made(await projections.refit('icons', { corrections: true }));
    expect(await encodedPictures(stack), 'nothing is encoded again').toBe(encoded);
    const report = await projections.report(corrected.id);
    if (!('sources' in report)) throw new Error('a report of the first format');
    expect(report.sources).toContainEqual({
      name: 'monotone',
      pictures: 10,
      labelled: 10,
      role: 'estimated',
    });
    const right = answers.results.filter(
      (result, index) => 'label' in result && result.label === concepts[index],
    ).length;
    expect(corrected.corrections).toMatchObject({ taken: 10, ofOtherModel: 0, beforeFrom: 'own-answers' });
    const [monotone] = corrected.corrections?.environments ?? [];
    expect(monotone).toMatchObject({ environment: 'monotone', pictures: 10, compared: 10 });
    expect(monotone?.before).toBeCloseTo(right / 10);
    expect(monotone?.after).toBeGreaterThanOrEqual(0);
    expect(corrected.release?.state, corrected.release?.reason).toMatch(/^(current|candidate)$/);
  });

  it('stay in later versions, which are compared by what was left out of both', async () => {
    const { projections } = tenant.client;
    const again = await made(await projections.refit('icons@2', { corrections: true }));
    expect(again.corrections).toMatchObject({ taken: 10, beforeFrom: 'left-out' });
    expect(again.contentHash).toBe((await projections.get('icons@2')).contentHash);
    const plain = await made(await projections.refit('icons@2', {}));
    expect(plain.contentHash).toBe(again.contentHash);
    expect(plain.corrections).toBeUndefined();
  });

  it('go with the tenant’s storage, are replaced by what is said later, and taken back one by one', async () => {
    const { corrections, classifications } = tenant.client;
    const [before] = await corrections.of('icons').all();
    if (before === undefined) throw new Error('no correction');
    const other = concepts.find((concept) => concept !== before.label) ?? '';
    const input = { sha256: before.sha256 };
    const changed = { projection: 'icons', corrections: [{ input, label: other, environment: 'monotone' }] };
    expect((await corrections.add(changed)).items).toMatchObject([{ id: before.id, label: other }]);
    expect(await corrections.of('icons').all()).toHaveLength(10);
    await corrections.delete(before.id);
    await expect(corrections.get(before.id)).rejects.toMatchObject({ status: 404 });
    expect(await corrections.of('icons').all()).toHaveLength(9);
    const unknown = { ...changed, corrections: [{ input, label: 'unicorn', environment: 'monotone' }] };
    await expect(corrections.add(unknown)).rejects.toMatchObject({ status: 422, code: 'invalid-request' });
    const strange = {
      ...changed,
      corrections: [{ input: { sha256: '0'.repeat(64) }, label: other, environment: 'x' }],
    };
    await expect(corrections.add(strange)).rejects.toMatchObject({ status: 404 });
    expect(
      (await classifications.picture(samplePicture('noto', 'cat'), { projection: 'icons' })).results,
    ).toHaveLength(1);
  });

  it('are refused where there are none to take in, and where the storage has no room', async () => {
    const { projections } = tenant.client;
    const artefact = await projections.download(first.id);
    await projections.upload('bare', artefact);
    await expect(projections.refit('bare', { corrections: true })).rejects.toMatchObject({ status: 409 });
    const small = await stack.tenant('small', { storedBytes: artefact.byteLength + 2000 });
    await small.client.projections.upload('icons', artefact);
    const vector = [...new Float32Array(256).fill(1 / 16)];
    const correction = (label: string) => ({
      input: { embedding: vector.map((value, index) => (index === label.length ? 2 * value : value)) },
      label,
      environment: 'here',
    });
    const both = { projection: 'icons', corrections: [correction('cat'), correction('whale')] };
    await expect(small.client.corrections.add(both)).rejects.toMatchObject({ code: 'quota-exceeded' });
  });
});
