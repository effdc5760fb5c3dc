// Which version answers for a name, through the real stack: a worse one waits, and is promoted, rolled back and asked in the
// shadow by hand.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FitAccepted, Projection } from '#shared/contracts/projection.ts';
import { samplePicture, sampleTree } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack, whileWorkersStand } from '../support/stack.ts';

const styles = ['noto', 'twemoji', 'fxemoji', 'emojione'];
const concepts = ['cat', 'hamburger', 'tulip', 'whale', 'lemon', 'peach', 'bread', 'spider', 'snail', 'dog'];
const good = { estimator: 'icm', lambda: 1, dimension: 64 } as const;
/** Two directions do not tell ten things apart. */
const bad = { estimator: 'icm', lambda: 1, dimension: 2 } as const;

let stack: TestStack;
let tenant: StackTenant;
let first: Projection;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('releaser');
  const { datasets, projections } = tenant.client;
  await datasets.create({ name: 'icons' });
  await datasets.uploadTree('icons', sampleTree(styles, concepts));
  const fit = { name: 'icons', datasets: ['icons'], interventions: ['grayscale' as const], ...good };
  first = await made(await projections.fit(fit));
});

afterAll(async () => {
  await stack?.close();
});

async function made({ job, projection }: FitAccepted): Promise<Projection> {
  await tenant.client.jobs.wait(job.id);
  return tenant.client.projections.get(projection.id);
}

async function meant(name = 'icons'): Promise<number | undefined> {
  const picture = samplePicture('noto', 'cat');
  return (await tenant.client.classifications.picture(picture, { projection: name })).projection?.version;
}

describe('a version that becomes ready', () => {
  it('answers at once where it is the first of its name', () => {
    expect(first).toMatchObject({ version: 1, current: true, release: { state: 'current' } });
  });

  it('waits with the reason where it is worse, is promoted by hand, and rolled back', async () => {
    const { projections } = tenant.client;
    const worse = await made(await projections.refit('icons', bad));
    expect(worse).toMatchObject({ version: 2, current: false, release: { state: 'candidate', against: 1 } });
    expect(worse.release?.reason).toMatch(/^Below: −\d+\.\d ± \d+\.\d points against version 1/);
    const [without] = worse.release?.comparisons ?? [];
    expect(without).toMatchObject({ mode: 'unprofiled', pictures: styles.length * concepts.length });
    expect(without?.sources.map(({ name, paired }) => [name, paired])).toEqual(
      styles.toSorted().map((name) => [name, true]),
    );
    expect(await meant()).toBe(1);

    const stale = projections.promote('icons@2', { from: 5 });
    await expect(stale).rejects.toMatchObject({ status: 409, code: 'conflict' });
    expect(await projections.promote('icons@2', { from: 1 })).toMatchObject({ version: 2, current: true });
    expect(await meant()).toBe(2);
    expect(await projections.get('icons@1')).toMatchObject({ release: { state: 'past' } });

    expect(await projections.rollback('icons', { from: 2 })).toMatchObject({ version: 1, current: true });
    expect(await meant()).toBe(1);
    const again = projections.rollback('icons', { from: 2 });
    await expect(again).rejects.toMatchObject({ status: 409 });
    await expect(projections.rollback('icons')).rejects.toMatchObject({ status: 409 });
  });

  it('answers at once where it is not below, or is asked to be current', async () => {
    const { projections } = tenant.client;
    const better = await made(await projections.refit('icons@2', good));
    expect(better).toMatchObject({ current: true, release: { reason: 'It is the same as version 1.' } });
    const forced = await made(await projections.refit('icons', { ...bad, release: 'current' }));
    expect(forced).toMatchObject({ current: true, release: { state: 'current' } });
    const back = await made(await projections.refit('icons', good));
    expect(back).toMatchObject({ current: true, release: { state: 'current' } });
    expect(back.release?.reason).toMatch(/^Not below: \+/);
  });

  it('waits where its job was told so while at work', async () => {
    const { projections, jobs } = tenant.client;
    const accepted = await whileWorkersStand(stack, async () => {
      const refit = await projections.refit('icons', { ...good, shrinkage: 0.02, release: 'current' });
      expect(refit.job.release).toBe('current');
      expect(await jobs.setRelease(refit.job.id, 'candidate')).toMatchObject({ release: 'candidate' });
      return refit;
    });
    expect(await made(accepted)).toMatchObject({ current: false, release: { state: 'candidate' } });
    await expect(jobs.setRelease(accepted.job.id, 'auto')).rejects.toMatchObject({ status: 409 });
  });

  it('waits where it is of other labels, or lacks what callers may ask for', async () => {
    const { projections } = tenant.client;
    const labels = ['feline', 'sandwich', ...concepts.slice(0, 4)];
    const other = await made(await projections.refit('icons', { ...good, labels }));
    expect(other.release).toMatchObject({
      state: 'candidate',
      labels: { shared: 4, present: 10, candidate: 6 },
    });
    expect(other.release?.reason).toContain('too few to compare');
  });
});

describe('a candidate in the shadow', () => {
  it('is asked beside the current version, whose answers callers get, and its differences are counted', async () => {
    const { projections, classifications } = tenant.client;
    const artefact = await projections.download('icons@1');
    await projections.upload('watched', artefact);
    const poor = await projections.download('icons@2');
    expect(await projections.upload('watched', poor)).toMatchObject({ version: 2, current: false });
    await expect(projections.shadow('watched')).rejects.toMatchObject({ status: 409 });
    await expect(projections.setShadow('watched', 1)).rejects.toMatchObject({ status: 409 });
    expect(await projections.setShadow('watched', 2)).toMatchObject({ version: 1, shadow: 2, answers: 0 });

    const pictures = concepts.map((concept) => samplePicture('noto', concept));
    const asked = { projection: 'watched' };
    const answers = await classifications.pictures(pictures, asked);
    expect(answers.projection).toMatchObject({ version: 1 });
    const others = await classifications.pictures(pictures, { projection: 'watched@2' });
    const labels = (response: typeof answers) =>
      response.results.map((result) => ('label' in result ? result.label : undefined));
    const differing = labels(answers).filter((label, index) => label !== labels(others)[index]).length;
    expect(differing).toBeGreaterThan(0);

    const report = await counted('watched', pictures.length);
    expect(report).toMatchObject({ answers: pictures.length, differing });
    const told = report.pairs.reduce((sum, pair) => sum + pair.answers, 0);
    expect(told).toBe(differing);
    // A version that is named is asked alone, and what is withheld on one side is a difference.
    await classifications.pictures(pictures, { projection: 'watched@1' });
    await classifications.pictures(pictures, { ...asked, abstainBelow: 0.999 });
    const more = await counted('watched', 2 * pictures.length);
    expect(more.answers).toBe(2 * pictures.length);

    expect(await projections.endShadow('watched')).toMatchObject({ answers: 2 * pictures.length });
    await expect(projections.shadow('watched')).rejects.toMatchObject({ status: 409 });
  });

  it('is no shadow any more once it is promoted', async () => {
    const { projections } = tenant.client;
    await projections.setShadow('watched', 2);
    await projections.promote('watched@2');
    await expect(projections.shadow('watched')).rejects.toMatchObject({ status: 409 });
    await projections.delete('watched@1');
  });
});

/** The counts come some moments behind the answers. */
async function counted(name: string, answers: number) {
  const { projections } = tenant.client;
  const read = async () => (await projections.shadow(name)).answers;
  await expect.poll(read, { interval: 100 }).toBeGreaterThanOrEqual(answers);
  return projections.shadow(name);
}

describe('what is done by hand', () => {
  it('is in the audit log, with what was there before', async () => {
    const entries = await auditOf();
    const acts = entries.filter(({ action }) => action.startsWith('projection.'));
    expect(acts).toContainEqual(
      expect.objectContaining({
        action: 'projection.promote',
        detail: { name: 'icons', version: 2, from: 1 },
      }),
    );
    expect(acts).toContainEqual(
      expect.objectContaining({
        action: 'projection.rollback',
        detail: { name: 'icons', version: 1, from: 2 },
      }),
    );
    expect(acts.filter(({ action }) => action === 'projection.release').length).toBeGreaterThan(2);
  });
});

async function auditOf(): Promise<{ action: string; subject: string; detail?: unknown }[]> {
  const response = await tenant.fetch('/v1/audit?limit=100');
  const { items } = (await response.json()) as { items: { action: string; subject: string }[] };
  return items;
}
