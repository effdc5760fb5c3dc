// Names as long as the service takes them: what stands beside them stays in sight, in a wide window and on a phone.

import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { gaussianRows } from '../shared/math/random.ts';
import { sampleTree } from '../support/pictures.ts';
import { expectNoSidewaysScroll, shootInEveryForm, type Visit } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';

const place =
  'Station 14 north slope, camera trap behind the old sawmill, infrared, second winter of deployment';
const slug = 'station-14-north-slope-camera-trap-infrared-second-winter-2026';
const phone = { width: 360, height: 740 };
/** Of nano-clip. */
const dimension = 256;

describeConsole('long names in the console', (open) => {
  let visit: Visit;

  beforeAll(async () => {
    const { client, key } = await open.stack.tenant('long');
    await client.datasets.create({ name: slug });
    await client.datasets.uploadTree(slug, sampleTree(['noto', 'twemoji'], ['bear', 'cat']));
    const fit = { name: slug, datasets: [slug], estimator: 'identity' as const };
    await client.jobs.wait((await client.projections.fit(fit)).job.id);
    const { job } = await client.classifyBatch({ from: { dataset: slug }, projection: slug });
    await client.jobs.wait(job.id);
    await client.environments.createFrom({ name: place }, gaussianRows(32, dimension, 1));
    visit = await open.visit(key);
  });

  const goTo = async (screen: string) => {
    await visit.page.getByRole('link', { name: screen, exact: true }).click();
    await visit.page.getByRole('heading', { name: screen, level: 1 }).waitFor();
  };

  const onPhone = async (look: (page: Page) => Promise<void>) => {
    await visit.page.setViewportSize(phone);
    await expectNoSidewaysScroll(visit.page);
    await look(visit.page);
    await visit.page.setViewportSize({ width: 1280, height: 900 });
  };

  test('leave the table of profiles its last columns', async () => {
    const { page } = visit;
    await goTo('Environments');
    const row = page.getByRole('row', { name: /^Station 14/ });
    await row.getByText('standard errors away').waitFor();
    expect(await isInSight(row.getByRole('button', { name: 'Delete' }))).toBe(true);
    expect(await page.getByText('Under half is skewed').isVisible()).toBe(true);
    await shootInEveryForm(page, 'long-environments');
  });

  test('leave the table of batches its last columns, and each other half of a phone', async () => {
    const { page } = visit;
    await goTo('Batches');
    const row = page.getByRole('row', { name: /^station-14/ });
    await row.waitFor();
    expect(await isInSight(row.getByRole('cell').last())).toBe(true);
    await onPhone(async () => {
      const width = (await row.getByRole('rowheader').boundingBox())?.width;
      expect(width).toBeGreaterThan(phone.width / 3);
    });
    await shootInEveryForm(page, 'long-batches');
  });

  test('have the width of a phone in the list of datasets', async () => {
    await goTo('Fit');
    await onPhone(async (page) => {
      const name = page.getByRole('listitem').locator('strong', { hasText: slug });
      expect((await name.boundingBox())?.width).toBeGreaterThan(phone.width / 2);
    });
    visit.expectQuiet();
    await visit.close();
  });
});

/** Not only on the page: what holds it would scroll sideways to show it. */
function isInSight(element: Locator): Promise<boolean> {
  return element.evaluate((node) => {
    const { right } = node.getBoundingClientRect();
    const frame = node.closest('.scroll')?.getBoundingClientRect();
    return frame !== undefined && right <= frame.right + 1;
  });
}
