// Two versions side by side that were not estimated on the same pictures: what is said of the error of their difference.

import { beforeAll, expect, test } from 'vitest';
import type { ClipIcmClient } from '#client/client.ts';
import { expectAccessible, shootInEveryForm, type Visit } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { uploadDrawn } from './support/drawn.ts';

const styles = { old: ['noto', 'twemoji', 'fxemoji'], new: ['noto', 'twemoji', 'emojione-monotone'] };

describeConsole('two versions of different pictures', (open) => {
  let visit: Visit;
  let client: ClipIcmClient;

  beforeAll(async () => {
    const tenant = await open.stack.tenant('comparers');
    client = tenant.client;
    for (const [name, environments] of Object.entries(styles)) {
      await uploadDrawn(client, name, environments);
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
    visit = await open.visit(tenant.key);
  });

  const compare = async (one: number, other: number) => {
    const [first, second] = await Promise.all(
      [one, other].map((version) => client.projections.get(`drawn@${version}`)),
    );
    await visit.page.goto(`${open.stack.url}/console/#/projections/compare/${first?.id}/${second?.id}`);
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
