// The console from an empty tenant to a revoked key, in a real browser against the real stack.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { whileWorkersStand } from '../support/stack.ts';
import { expectAccessible, giveFile, type Visit } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { listen } from './support/heard.ts';
import { atWork } from './support/jobs.ts';
import { makeSampleFolder, type SampleFolder, sampleCounts, samplePicture } from './support/sample-folder.ts';

/** A revoked key may work on for 30 s. */
const revocationTimeoutMs = 90_000;
const fitTimeoutMs = 180_000;

const template = 'an emoji of a {}';

describeConsole('the console, from an empty tenant to a revoked key', (open) => {
  let folder: SampleFolder;
  let visit: Visit;
  let page: Page;
  let key: string;

  beforeAll(async () => {
    folder = await makeSampleFolder();
    ({ key } = await open.stack.tenant('zoo'));
    visit = await open.visit();
    ({ page } = visit);
  });

  afterAll(async () => {
    await folder?.remove();
  });

  test('refuses a key that is not known, and says so', async () => {
    const stranger = await open.visit(undefined, { expectedStatuses: [401] });
    await stranger.page.getByLabel('API key').fill(`${key.slice(0, -4)}0000`);
    await stranger.page.getByRole('button', { name: 'Sign in' }).click();
    await stranger.page.getByRole('alert').getByText('This key does not work').waitFor();
    expect(await stranger.page.getByRole('alert').textContent()).not.toContain('Authorization');
    await expectAccessible(stranger.page);
    stranger.expectQuiet();
    await stranger.close();
  });

  test('signs in with a key and keeps it in the tab only', async () => {
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Try', level: 1 }).waitFor();
    const kept = await page.evaluate(() => ({
      tab: Object.values(sessionStorage),
      device: Object.values(localStorage),
      address: location.href,
    }));
    expect(kept).toEqual({ tab: [key], device: [], address: `${open.stack.url}/console/` });
    await page.getByText('No pictures yet').waitFor();
    await expectAccessible(page);
  });

  test('answers pictures by plain CLIP while there is no projection, however they are given', async () => {
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    const clip = page.getByRole('region', { name: 'plain CLIP' });
    await clip.getByText('tiger').first().waitFor();
    await clip.locator('.tier', { hasText: 'encoder' }).waitFor();
    await expect.poll(() => page.locator('.answer').count()).toBe(1);
    for (const [how, concept] of [
      ['drop', 'whale'],
      ['paste', 'penguin'],
    ] as const) {
      await giveFile(page, how, samplePicture('noto', concept), 'image/png');
      const card = page.locator('.picture-card', { hasText: `${concept}.png` });
      await card.locator('.answer-label').waitFor();
      await card.getByRole('button', { name: `Remove ${concept}.png` }).click();
    }
    await expect.poll(() => page.locator('.picture-card').count()).toBe(1);
  });

  test('uploads a folder tree and counts what is in it', async () => {
    await page.getByRole('link', { name: 'Fit', exact: true }).click();
    await page.getByLabel('Choose a folder of pictures').setInputFiles(folder.directory);
    await page.getByText(`${sampleCounts.pictures} pictures,`).waitFor();
    await expect.poll(() => page.getByLabel('Name of the dataset').inputValue()).toBe('zoo');
    // Held back, so that there is something to pause.
    await page.route('**/archive', () => undefined);
    const held = page.waitForRequest('**/archive');
    await page.getByRole('button', { name: `Upload ${sampleCounts.pictures} pictures` }).click();
    await held;
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.unroute('**/archive');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page
      .getByText(
        `${sampleCounts.pictures} pictures · ${sampleCounts.environments} environments · ${sampleCounts.classes} classes`,
      )
      .waitFor();
    await expect.poll(() => page.getByRole('checkbox', { name: /zoo/ }).isChecked()).toBe(true);
    await expectAccessible(page);
  });

  test('uploads nothing twice', async () => {
    await page.getByRole('button', { name: 'Add a dataset' }).click();
    await page.getByLabel('Choose a folder of pictures').setInputFiles(folder.directory);
    await page.getByRole('button', { name: /^Upload/ }).click();
    await page.getByRole('button', { name: 'Add a dataset' }).waitFor();
    await expect.poll(() => page.getByText(`${sampleCounts.pictures} pictures ·`).count()).toBe(1);
  });

  test('fits with progress and shows the report', { timeout: fitTimeoutMs + 10_000 }, async () => {
    const preview = page.locator('.preview').first();
    const shown = await preview.getAttribute('src');
    await page.getByRole('button', { name: 'Show on another picture' }).click();
    await page.locator(`.preview:not([src="${shown}"])`).first().waitFor();
    await page.getByLabel('Solarize').uncheck();
    await expect.poll(() => page.getByLabel('Name of the projection').inputValue()).toBe('zoo');
    await page.getByText(/^More:/).click();
    await page.getByLabel('Template for labels').fill(template);
    // Else a fit may be over before a busy browser comes to look.
    await whileWorkersStand(open.stack, async () => {
      await page.getByRole('button', { name: 'Start the fit' }).click();
      await page.getByRole('progressbar', { name: 'Fit' }).waitFor();
    });
    await page.getByRole('heading', { name: 'zoo@1', level: 1 }).waitFor({ timeout: fitTimeoutMs });
    await page.getByRole('heading', { name: 'With a profile of the environment, and without' }).waitFor();
    await page.getByRole('img', { name: /Generalised spectrum/ }).waitFor();
    const interventions = page.getByRole('region', { name: /^Interventions/ });
    // All but Solarize, and the header.
    await expect.poll(() => interventions.getByRole('row').count()).toBe(pictureInterventionNames.length);
    expect(await interventions.getByText('Solarize').count()).toBe(0);
    await expectAccessible(page);
    await page.goBack();
    await page.getByRole('heading', { name: 'Fit a projection', level: 1 }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { name: 'zoo@1', level: 1 }).waitFor();
  });

  test('compares the pictures before and after, and shows them', async () => {
    const heard = await listen(page);
    const letGo = await atWork(page, 'evaluation', 'evaluate', 6, sampleCounts.pictures);
    await page.getByRole('button', { name: 'Compare on the pictures' }).click();
    // Where the job had begun by the time it was answered, that it had is told first.
    await expect.poll(async () => (await heard()).at(-1)).toBe(`6 of ${sampleCounts.pictures} pictures`);
    letGo();
    const changed = page.getByRole('paragraph').filter({ hasText: `Of ${sampleCounts.pictures} pictures` });
    await changed.first().waitFor();
    await expect.poll(() => page.locator('.told').textContent()).toBe(await changed.first().textContent());
    await page.getByRole('table', { name: 'Accuracy by environment' }).waitFor();
    const mean = page.getByRole('row', { name: 'mean of environments' });
    await expect
      .poll(() => mean.locator('.icm-gain, .icm-loss, .icm-even').textContent())
      .toMatch(/^[+−±]\d/);
    await expect.poll(() => mean.textContent()).toMatch(/± \d+\.\d$/);
    await expectAccessible(page);
  });

  test('refits as a second version with sliders', { timeout: fitTimeoutMs }, async () => {
    await page.getByRole('radio', { name: /^soft/ }).check();
    const slider = page.getByRole('group', { name: /λ′/ });
    await slider.getByLabel('Automatic').uncheck();
    await slider.getByRole('slider').press('ArrowRight');
    await page.getByRole('button', { name: 'Refit as a new version' }).click();
    await page.getByRole('heading', { name: 'zoo@2', level: 1 }).waitFor({ timeout: fitTimeoutMs });
    await page
      .locator('.headline')
      .getByText(/soft, λ′/)
      .first()
      .waitFor();
  });

  test('compares two versions, promotes the candidate, and rolls back to the first', async () => {
    await page.getByRole('link', { name: 'Projections', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Compare zoo@1' }).check();
    await page.getByRole('checkbox', { name: 'Compare zoo@2' }).check();
    await page.getByRole('button', { name: 'Compare (2 of 2)' }).click();
    await page.getByRole('columnheader', { name: 'zoo@2' }).first().waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: '← All projections' }).click();
    await page.getByRole('link', { name: 'zoo@2' }).click();
    await page.getByText('A candidate: whoever asks for “zoo” gets another version').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Make current' }).click();
    await page.locator('.badge-current').waitFor();
    const told = () => page.locator('.told').textContent();
    await expect.poll(told).toBe('“zoo” means zoo@2 now');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('button', { name: 'Make current' }).waitFor();
    await expect.poll(told).toBe('“zoo” means zoo@1 now');
    await page.getByRole('link', { name: '← All projections' }).click();
    await page.getByRole('link', { name: 'zoo@1' }).click();
    await page.locator('.badge-current').waitFor();
  });

  test('downloads the artefact', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download .icm' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('zoo@1.icm');
  });

  test('deletes a version after asking', async () => {
    await page.getByRole('link', { name: '← All projections' }).click();
    await page.getByRole('link', { name: 'zoo@2' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete zoo@2?' });
    await dialog.waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.locator('.notice', { hasText: 'zoo@2 was deleted' }).waitFor();
    await page.getByRole('link', { name: '← All projections' }).click();
    await page.getByRole('link', { name: 'zoo@1' }).waitFor();
    expect(await page.getByRole('link', { name: 'zoo@2' }).count()).toBe(0);
  });

  test('answers side by side, and shows which answers hold under interventions', async () => {
    await page.getByRole('link', { name: 'Try', exact: true }).click();
    await page.getByRole('region', { name: 'zoo@1' }).getByText('memory').first().waitFor();
    await page.getByRole('button', { name: 'Try all seven' }).click();
    await page.getByText('of 7 answers held').nth(1).waitFor();
    await page.getByRole('button', { name: /^invert/ }).click();
    await page
      .getByText(/^(?:held|flipped)$/)
      .first()
      .waitFor();
    // Plain CLIP is asked in the words of the projection: a better template must not look like a better projection.
    const asked = page.waitForRequest((request) => {
      const query = new URL(request.url()).searchParams;
      return query.getAll('templates').includes(template) && !query.has('projection');
    });
    await page.getByRole('button', { name: 'octopus, twemoji' }).click();
    await asked;
    await page.getByRole('button', { name: 'Try all interventions' }).click();
    await page.getByText('of 14 answers held').nth(1).waitFor();
    await expectAccessible(page);
  });

  test('adds a webhook, shows its secret once, tries it and removes it', async () => {
    await page.getByRole('link', { name: 'Keys and usage' }).click();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    // Of this machine, which a worker does not reach.
    await page.getByLabel('Address').fill('http://127.0.0.1:9/hook');
    await page.getByRole('dialog').getByRole('button', { name: 'Add a webhook' }).click();
    expect(await readSecret(page)).toMatch(/^whsec_/);
    const card = page.getByRole('article', { name: 'http://127.0.0.1:9/hook' });
    await card.getByRole('button', { name: 'Send a test' }).click();
    await card.getByText('test: failed. It could not be reached, or may not be.').waitFor();
    await expect
      .poll(() => page.locator('.told').textContent())
      .toBe('test: failed. It could not be reached, or may not be.');
    await expectAccessible(page);
    await card.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await card.waitFor({ state: 'detached' });
  });

  test('makes a key, rotates it, shows each once, and signs its user out once it is revoked', {
    timeout: revocationTimeoutMs + 90_000,
  }, async () => {
    await page.getByRole('link', { name: 'Keys and usage' }).click();
    await page.getByRole('img', { name: 'Requests by day' }).waitFor();
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Name', { exact: true }).fill('guest');
    await page.getByLabel(/^projections/).check();
    await page.getByRole('dialog').getByRole('button', { name: 'Make a key' }).click();
    const first = await readSecret(page);
    await page.getByRole('row', { name: /guest/ }).getByRole('button', { name: 'Rotate' }).click();
    await page.getByLabel('The old key stops').selectOption('at once');
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    const made = await readSecret(page);
    expect(made).not.toBe(first);

    const guest = await open.visit(made, { expectedStatuses: [401] });
    await guest.page.getByRole('heading', { name: 'Try', level: 1 }).waitFor();
    // The new one: until the list is read again, the old one stands there as active.
    const active = page
      .getByRole('row', { name: /guest.*active/ })
      .filter({ hasText: made.split('_').slice(0, 3).join('_') });
    await active.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await active.waitFor({ state: 'detached' });
    const status = async () =>
      (await fetch(`${open.stack.url}/v1/keys/self`, { headers: { authorization: `Bearer ${made}` } }))
        .status;
    await expect.poll(status, { timeout: revocationTimeoutMs, interval: 1000 }).toBe(401);
    // Whichever of its requests is the first to be refused, before a reload or after it.
    for (let load = 0; load < 2; load++) {
      await guest.page.reload();
      await guest.page.getByText('You have been signed out').waitFor();
    }
    guest.expectQuiet();
    await guest.close();
  });

  test('has complained of nothing on the whole way, nor asked another host', () => {
    visit.expectQuiet();
  });
});

/** The key in the dialog that shows it, which is then gone from the page. */
async function readSecret(page: Page): Promise<string> {
  const secret = (await page.locator('.secret code').textContent()) ?? '';
  await expectAccessible(page);
  await page.getByRole('button', { name: 'I have copied it' }).click();
  await expect.poll(() => page.getByText(secret).count()).toBe(0);
  return secret;
}
