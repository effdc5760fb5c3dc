// The console by keyboard alone: where the focus is after each thing that takes away, disables or covers what had it.

import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { gaussianRows } from '../shared/math/random.ts';
import { sampleTree } from '../support/pictures.ts';
import { type StackTenant, whileWorkersStand } from '../support/stack.ts';
import { expectAccessible, type Visit } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { samplePicture } from './support/sample-folder.ts';

/** Of nano-clip. */
const dimension = 256;

/** What a screen reader says of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement: element } = document;
    const name = element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    return element === document.body ? 'nothing' : `${element?.localName} ${name.trim()}`;
  });
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).first().focus();
  await page.keyboard.press('Enter');
}

describeConsole('the console by keyboard', (open) => {
  let tenant: StackTenant;
  let visit: Visit;

  beforeAll(async () => {
    tenant = await open.stack.tenant('keyboard');
    await tenant.client.datasets.create({ name: 'drawn' });
    await tenant.client.datasets.uploadTree('drawn', sampleTree(['noto'], ['cat', 'bear']));
    visit = await open.visit(tenant.key);
    // A screen that comes takes the focus to its heading.
    await visit.page.getByRole('heading', { level: 1 }).waitFor();
  });

  const goTo = async (screen: string) => {
    const link = visit.page.getByRole('link', { name: screen, exact: true });
    await link.focus();
    await visit.page.keyboard.press('Enter');
    await visit.page.getByRole('heading', { name: screen, level: 1 }).waitFor();
  };

  test.each(['Escape', 'Cancel'])('is where it was before a dialog that was left by %s', async (way) => {
    const { page } = visit;
    await goTo('Keys and usage');
    for (const opener of ['Make a key', 'Add a webhook', 'Rotate first key', 'Revoke first key']) {
      await press(page, opener);
      await page.getByRole('dialog').waitFor();
      if (way === 'Escape') await page.keyboard.press('Escape');
      else await press(page, 'Cancel');
      await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
      expect(await focused(page)).toBe(`button ${opener}`);
    }
  });

  test('is where it was before, after a dialog that led to another', async () => {
    const { page } = visit;
    await goTo('Keys and usage');
    await press(page, 'Make a key');
    await page.keyboard.type('second');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Copy' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    expect(await focused(page)).toBe('button Make a key');
  });

  test('is back on a button whose work is done', async () => {
    const { page } = visit;
    const { job, batch } = await tenant.client.classifyBatch({ from: { dataset: 'drawn' }, labels: ['cat'] });
    await tenant.client.jobs.wait(job.id);
    await page.evaluate((id) => location.assign(`#/batches/${id}`), batch.id);
    await page.getByRole('heading', { name: 'drawn by plain CLIP' }).waitFor();
    await press(page, 'Make a link');
    await page.locator('.batch-link').waitFor();
    await expect.poll(() => focused(page)).toBe('button Make a link');
  });

  test('is on the heading above what it was on, where that is gone', async () => {
    const { page } = visit;
    const rows = gaussianRows(2, dimension, 1);
    for (const name of ['gate', 'yard']) await tenant.client.environments.createFrom({ name }, rows);
    await goTo('Environments');
    const row = page.getByRole('row', { name: /^gate/ });
    await row.getByRole('button', { name: 'Delete' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Delete gate?' }).waitFor();
    // Or the page complains of what it asked about a profile that is no more.
    await visit.answered();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('button Delete');
    await page.keyboard.press('Enter');
    await expect.poll(() => row.count()).toBe(0);
    await expect.poll(() => focused(page)).toBe('h2 Profiles');
    await expectAccessible(page);
  });

  test('is on what is asked for next', async () => {
    const { page } = visit;
    await goTo('Environments');
    await page.getByLabel('Choose pictures of one place').setInputFiles(samplePicture('noto', 'cat'));
    await page.keyboard.type('roof');
    await page.keyboard.press('Enter');
    await page.locator('.notice', { hasText: 'roof now has 1 picture' }).waitFor();
    await page.getByRole('link', { name: 'Fit', exact: true }).focus();
    await page.keyboard.press('Enter');
    await press(page, 'Add a dataset');
    await expect.poll(() => focused(page)).toBe('input Choose a folder of pictures');
  });

  test('stays out of the page where Tab has led out of it, whatever changes there', async () => {
    const { page } = visit;
    await goTo('Batches');
    await page.getByRole('link', { name: 'drawn' }).last().focus();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('nothing');
    await page.evaluate(() => document.body.append(document.createElement('i')));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    expect(await focused(page)).toBe('nothing');
  });

  test('goes from a fit that was stopped to the next', async () => {
    const { page } = visit;
    const fit = { name: 'stopped', datasets: ['drawn'], estimator: 'identity' as const };
    await whileWorkersStand(open.stack, async () => {
      const { job } = await tenant.client.projections.fit(fit);
      await page.evaluate((id) => location.assign(`#/fit/${id}`), job.id);
      await page.getByText('You can leave this page: the fit goes on').waitFor();
      await press(page, 'Stop');
      await page.locator('.notice', { hasText: 'Cancelled; nothing was published' }).waitFor();
    });
    await page.getByRole('link', { name: 'Set up another fit' }).focus();
    expect(await page.getByText('You can leave this page').count()).toBe(0);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Fit a projection', level: 1 }).waitFor();
  });

  test('passes over the navigation by the link for it', async () => {
    const { page } = visit;
    await goTo('Batches');
    await press(page, 'Skip to content');
    expect(await focused(page)).toBe('h1 Batches');
    visit.expectQuiet();
    await visit.close();
  });

  test('is back on the button to sign in, where the key does not work', async () => {
    const stranger = await open.visit(undefined, { expectedStatuses: [401] });
    const { page } = stranger;
    await page.getByLabel('API key').fill('icm_dev_mistyped');
    await press(page, 'Sign in');
    await page.getByRole('alert').getByText('This key does not work').waitFor();
    await expect.poll(() => focused(page)).toBe('button Sign in');
    stranger.expectQuiet();
    await stranger.close();
  });

  test('stays where somebody has put it while a button’s work went on', async () => {
    const held = await open.visit(tenant.key);
    const { page } = held;
    await page.getByRole('link', { name: 'Batches', exact: true }).click();
    await page.getByRole('link', { name: 'drawn' }).click();
    const asked = Promise.withResolvers<void>();
    await page.route('**/link', async (route) => {
      await asked.promise;
      await route.continue();
    });
    await press(page, 'Make a link');
    await page.getByRole('button', { name: 'Download CSV' }).focus();
    asked.resolve();
    await page.locator('.batch-link').waitFor();
    expect(await focused(page)).toBe('button Download CSV');
    held.expectQuiet();
    await held.close();
  });
});
