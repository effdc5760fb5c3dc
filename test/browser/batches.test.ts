// A dataset classified in the console: asked for, followed, its confusion table read, its rows downloaded.

import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { createClient } from '#client/client.ts';
import { expectAccessible, shoot, shootInEveryForm, type Visit } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { drawnConcepts, uploadDrawn } from './support/drawn.ts';

describeConsole('batches in the console', (open) => {
  let visit: Visit;

  beforeAll(async () => {
    const tenant = await open.stack.tenant('nights');
    const { client } = tenant;
    await uploadDrawn(client);
    const fit = { name: 'drawn', datasets: ['drawn'], estimator: 'identity' as const };
    await client.jobs.wait((await client.projections.fit(fit)).job.id);
    visit = await open.visit(tenant.key);
  });

  test('are asked for from the dataset, and followed to their end', async () => {
    const { page } = visit;
    await page.getByRole('link', { name: 'Fit', exact: true }).click();
    await page.getByRole('link', { name: 'Classify all' }).click();
    await page.getByText('No batches yet').waitFor();
    const chosen = page.locator('.new-batch select').first().locator('option:checked');
    await expect.poll(() => chosen.textContent()).toBe('drawn (24 pictures)');
    await page.getByLabel('Abstain (no label) if less sure than (%)').fill('50');
    await expectAccessible(page);
    await shoot(page, 'batches-new');
    await page.getByRole('button', { name: 'Classify all 24' }).click();
    await page.getByRole('heading', { name: 'drawn by drawn@1' }).waitFor();
    await page.getByRole('heading', { name: 'What it came to' }).waitFor();
  });

  test('show what was taken for what, in any window and both colours', async () => {
    const { page } = visit;
    const table = page.getByRole('region', { name: 'What was taken for what' }).getByRole('table');
    await expect.poll(() => table.getByRole('rowheader').allTextContents()).toEqual(drawnConcepts);
    const all = page.getByRole('region', { name: 'What it came to' }).getByRole('row', { name: /^all/ });
    await expect.poll(() => all.textContent()).toMatch(/^all24\d+\.\d %/);
    await expectAccessible(page);
    await shootInEveryForm(page, 'batch');
  });

  test('are downloaded as a table, shared by a link, listed and deleted', async () => {
    const { page } = visit;
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/^drawn-bat_\w+\.csv$/);
    const csv = await readFile(await file.path(), 'utf8');
    expect(csv.trimEnd().split('\r\n')).toHaveLength(25);
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = (await page.locator('.batch-link code').textContent()) ?? '';
    await expect.poll(() => page.locator('.told').textContent()).toBe('The link stands below the buttons.');
    expect(await (await fetch(link)).text()).toBe(csv);
    await page.getByRole('link', { name: 'Batches', exact: true }).click();
    await page.getByRole('rowheader', { name: 'drawn' }).waitFor();
    await expectAccessible(page);
    await shoot(page, 'batches-list');
    await page.getByRole('rowheader', { name: 'drawn' }).getByRole('link').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No batches yet').waitFor();
    expect((await fetch(link)).status).toBe(404);
    visit.expectQuiet();
  });

  test('that run are seen to end in the list', async () => {
    const tenant = await open.stack.tenant('watches');
    const { client } = tenant;
    await uploadDrawn(client);
    const { job } = await client.classifyBatch({ from: { dataset: 'drawn' }, labels: drawnConcepts });
    await client.jobs.wait(job.id);
    const watching = await open.visit(tenant.key);
    const { page } = watching;
    let isOver = false;
    await page.route('**/v1/classifications/batch?*', async (route) => {
      const response = await route.fetch();
      const list = await response.json();
      if (!isOver) for (const batch of list.items) batch.status = 'running';
      await route.fulfill({ response, json: list });
    });
    await page.clock.install();
    await page.getByRole('link', { name: 'Batches', exact: true }).click();
    const state = page.getByRole('row', { name: /drawn/ }).locator('.badge');
    await expect.poll(() => state.textContent()).toBe('running');
    isOver = true;
    await page.clock.runFor(6_000);
    await expect.poll(() => state.textContent()).toBe('done');
    await expect.poll(() => page.locator('.told').textContent()).toBe('drawn by plain CLIP: done');
    watching.expectQuiet();
    // What the page still asks for is answered first: a route whose page is gone fails the run.
    await page.unrouteAll({ behavior: 'wait' });
    await watching.close();
  });

  test('say why one failed', async () => {
    const { stack } = open;
    const { id, key, client } = await stack.tenant('full');
    await uploadDrawn(client);
    const operator = createClient({ url: stack.url, key: stack.secrets.adminSecret });
    const { used } = (await client.usage.get()).stored;
    // For the batch itself, and not for a row of it.
    await operator.admin.tenants.update(id, { limits: { storedBytes: used + 1500 } });
    const { job, batch } = await client.classifyBatch({ from: { dataset: 'drawn' }, labels: drawnConcepts });
    await expect(client.jobs.wait(job.id)).rejects.toThrow('store');
    const full = await open.visit(key);
    await full.page.evaluate((failed) => location.assign(`#/batches/${failed}`), batch.id);
    const notice = full.page.getByRole('alert');
    await notice.getByText('The batch failed').waitFor();
    await notice.getByText(/delete pictures, profiles, projections or batches first/).waitFor();
    await expectAccessible(full.page);
    await shootInEveryForm(full.page, 'batch-failed');
    full.expectQuiet();
    await full.close();
  });
});
