// Profiles in the console: made from dropped pictures, seen by a projection, and the third answer they give.

import { beforeAll, expect, test } from 'vitest';
import type { ClipIcmClient } from '#client/client.ts';
import { acceptedMediaTypes } from '#shared/contracts/picture-types.ts';
import { samplePicture } from '../../samples/files.ts';
import { gaussianRows } from '../shared/math/random.ts';
import { expectAccessible, shoot, shootInEveryForm, type Visit } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { drawnConcepts, drawnStyles, uploadDrawn } from './support/drawn.ts';

/** More than one request takes: the same few, many times. */
const dropped = Array.from({ length: 70 }, (_, index) =>
  samplePicture('emojione-monotone', drawnConcepts[index % drawnConcepts.length] ?? ''),
);

/** Of nano-clip. */
const dimension = 256;

/** Embeddings of pictures that share the mean of a place [n, d]. */
function planted(count: number, place: number, seed: number): Float32Array<ArrayBuffer> {
  const mean = gaussianRows(1, dimension, place);
  return gaussianRows(count, dimension, 100 + seed).map(
    (value, i) => value + (mean[i % dimension] as number),
  );
}

function utcDay(atMs: number, daysBefore: number): string {
  return new Date(atMs - daysBefore * 86_400_000).toISOString().slice(0, 10);
}

describeConsole('profiles in the console', (open) => {
  let visit: Visit;
  let client: ClipIcmClient;

  beforeAll(async () => {
    const tenant = await open.stack.tenant('places');
    client = tenant.client;
    await uploadDrawn(client);
    // Nothing is projected away: with a profile its mean is taken out, whatever the estimate.
    const { job } = await client.projections.fit({
      name: 'drawn',
      datasets: ['drawn'],
      estimator: 'identity',
      heads: ['zero-shot', 'probe'],
    });
    await client.jobs.wait(job.id);
    visit = await open.visit(tenant.key);
  });

  test('are made from dropped pictures, 64 at a time', async () => {
    const { page } = visit;
    await page.getByRole('link', { name: 'Environments', exact: true }).click();
    await page.getByText('No profiles yet').waitFor();
    await expectAccessible(page);
    const files = page.getByLabel('Choose pictures of one place');
    await expect.poll(() => files.getAttribute('accept')).toBe(acceptedMediaTypes);
    await files.setInputFiles(dropped);
    await page.getByLabel('Name of the environment').fill('ink');
    await expectAccessible(page);
    const added = page.waitForRequest((request) => request.url().endsWith('/v1/environments/ink/additions'));
    await page.getByRole('button', { name: 'Make the profile' }).click();
    await added;
    await page.locator('.notice', { hasText: 'ink now has 70 pictures' }).waitFor();
  });

  test('say how they look to a projection, in any window and both colours', async () => {
    const { page } = visit;
    const row = page.getByRole('row', { name: /^ink/ });
    await row.getByText(/standard errors away$/).waitFor();
    await row.getByText('zero-shot, probe').waitFor();
    await page.getByText('How far ink is from the sources').click();
    const distances = page.getByRole('table', { name: /^ink: distance/ });
    await expect
      .poll(() => distances.getByRole('rowheader').allTextContents())
      .toEqual(expect.arrayContaining(drawnStyles));
    await expectAccessible(page);
    await shootInEveryForm(page, 'environments');
  });

  test('give a third answer beside plain CLIP and the projection', async () => {
    const { page } = visit;
    await page.getByRole('link', { name: 'Try', exact: true }).click();
    await page.getByRole('button', { name: 'elephant, fluent-emoji-high-contrast' }).click();
    await page.getByRole('region', { name: 'drawn@1', exact: true }).locator('.answer-label').waitFor();
    const asked = page.waitForRequest(
      (request) => new URL(request.url()).searchParams.get('environment') === 'ink',
    );
    await page.getByLabel('Where they come from').selectOption('ink');
    await asked;
    await page.getByRole('region', { name: 'drawn@1 with ink' }).locator('.answer-label').waitFor();
    await expect.poll(() => page.locator('.answer').count()).toBe(3);
    await page.getByRole('button', { name: 'Try all seven' }).click();
    await page.getByText('of 7 answers held').nth(2).waitFor();
    await expectAccessible(page);
    await shootInEveryForm(page, 'try');
  });

  test('stand beside what each head is expected to gain', async () => {
    const { page } = visit;
    await page.getByRole('link', { name: 'Projections', exact: true }).click();
    const listed = page.getByRole('row', { name: /^drawn@1.*plain CLIP.*means taken out/ });
    await listed.waitFor();
    await shoot(page, 'projections');
    await page.getByRole('link', { name: 'drawn@1' }).click();
    await page
      .getByRole('table', { name: /sources left out/ })
      .first()
      .waitFor();
    await expectAccessible(page);
    await shootInEveryForm(page, 'report');
  });

  test('are watched: a drift is said and drawn, and what was seen becomes the profile', async () => {
    const { page } = visit;
    const database = await open.stack.miniflare.getD1Database('DB');
    await client.environments.createFrom({ name: 'gate' }, planted(64, 1, 1));
    // A day may end in between.
    const beganMs = Date.now();
    const days = [
      [1, 4],
      [1, 3],
      [2, 2],
      [2, 1],
      [2, 0],
    ] as const;
    for (const [place, daysAgo] of days) {
      const rows = planted(60, place, 10 + daysAgo);
      const inputs = Array.from({ length: 60 }, (_, row) => ({
        embedding: [...rows.subarray(row * dimension, (row + 1) * dimension)],
      }));
      await client.classifications.create({ projection: 'drawn', environment: 'gate', inputs });
      await client.environments.watch('gate');
      await database
        .prepare('UPDATE watched_days SET day = ? WHERE day >= ?')
        .bind(utcDay(beganMs, daysAgo), utcDay(beganMs, 0))
        .run();
    }
    await page.getByRole('link', { name: 'Environments', exact: true }).click();
    const card = page.getByRole('region', { name: 'Watch of gate' });
    await card.getByText('drifted', { exact: true }).waitFor();
    await card.getByText(/^Since .* its pictures are no longer like those of its profile/).waitFor();
    await card.getByText('Numbers').click();
    const numbers = card.getByRole('table', { name: /^gate: drift by day, drawn@1, zero-shot/ });
    await expect.poll(() => numbers.getByRole('rowheader').count()).toBe(5);
    await expectAccessible(page);
    await shootInEveryForm(page, 'watch');

    await card.getByRole('button', { name: 'Make the profile anew' }).click();
    const dialog = page.getByRole('dialog', { name: 'Make the profile of gate anew?' });
    await dialog.waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Make the profile anew' }).click();
    await card.getByText('no drift', { exact: true }).waitFor();
    expect(await client.environments.get('gate')).toMatchObject({ pictures: 180, revision: 2 });
    // Or the page complains of what it asked about a profile that is no more.
    await visit.answered();
    await client.environments.delete('gate');
  });

  test('are deleted after asking', async () => {
    const { page } = visit;
    await page.getByRole('link', { name: 'Environments', exact: true }).click();
    await page.getByRole('row', { name: /^ink/ }).getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete ink?' });
    await dialog.waitFor();
    await expectAccessible(page);
    await visit.answered();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No profiles yet').waitFor();
    visit.expectQuiet();
    await visit.close();
  });
});
