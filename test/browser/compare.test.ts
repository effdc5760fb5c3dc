// Two versions side by side that were not estimated on the same pictures: what is said of the error of their difference.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClipIcmClient, createClient } from '#client/client.ts';
import { sampleTree } from '../support/pictures.ts';
import { openTestStack, type TestStack } from '../support/stack.ts';
import {
  describeInBrowser,
  expectAccessible,
  shootInEveryForm,
  type Visit,
  visitConsole,
} from './support/browser.ts';
import { openBrowser } from './support/chromium.ts';

const concepts = ['bear', 'cat', 'elephant', 'mushroom', 'penguin', 'snail', 'tiger', 'whale'];
const styles = { old: ['noto', 'twemoji', 'fxemoji'], new: ['noto', 'twemoji', 'emojione-monotone'] };

describeInBrowser('two versions of different pictures', () => {
  let stack: TestStack;
  let browser: Browser;
  let visit: Visit;
  let client: ClipIcmClient;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([openTestStack(), openBrowser()]);
    const { key } = await stack.tenant('comparers');
    client = createClient({ url: stack.url, key });
    for (const [name, environments] of Object.entries(styles)) {
      await client.datasets.create({ name });
      await client.datasets.uploadTree(name, sampleTree(environments, concepts));
    }
    const makeVersion = async (dataset: string, own: object) => {
      const request = {
        name: 'drawn',
        datasets: [dataset],
        interventions: [{ name: 'invert' as const }],
        ...own,
      };
      await client.jobs.wait((await client.projections.fit(request)).job.id);
    };
    await makeVersion('old', {});
    await makeVersion('new', {});
    await makeVersion('new', { estimator: 'icm', lambda: 1, dimension: 8 });
    visit = await visitConsole(browser, stack.url, key);
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });

  const compare = async (one: number, other: number) => {
    const [first, second] = await Promise.all(
      [one, other].map((version) => client.projections.get(`drawn@${version}`)),
    );
    await visit.page.goto(`${stack.url}/console/#/projections/compare/${first?.id}/${second?.id}`);
    const row = visit.page.getByRole('row', { name: /^zero-shot, without a profile/ });
    await visit.page.getByRole('columnheader', { name: `drawn@${other}` }).waitFor();
    return row.getByRole('cell').last().innerText();
  };

  test('have their difference with the error of both, and are said not to be paired', async () => {
    expect(await compare(1, 3)).toMatch(/^[+−±]\d+\.\d ± \d+\.\d$/);
    await visit.page.getByText('on different pictures, which cannot be paired').waitFor();
    await expectAccessible(visit.page);
    await shootInEveryForm(visit.page, 'compare');
    await visit.page.setViewportSize({ width: 360, height: 740 });
    const table = visit.page.getByRole('region', { name: 'Numbers' }).last();
    const excess = () => table.evaluate((region) => region.scrollWidth - region.clientWidth);
    await expect.poll(excess).toBe(0);
    await visit.page.setViewportSize({ width: 1280, height: 900 });
  });

  test('are said to have no error where neither gains over plain CLIP', async () => {
    expect(await compare(1, 2)).toMatch(/no error known$/);
    await visit.page.getByText('No error is known where').waitFor();
    const row = visit.page.getByRole('row', { name: /^zero-shot, without a profile/ });
    expect(await row.locator('.icm-gain, .icm-loss').count()).toBe(0);
    await expectAccessible(visit.page);
    visit.expectQuiet();
  });

  test('say nothing of pairs where the pictures are the same', async () => {
    await compare(2, 3);
    expect(await visit.page.getByText('cannot be paired').count()).toBe(0);
  });
});
