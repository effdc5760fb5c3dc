// Where a refit in the console starts: at what the version was asked for, not at what the fit found.

import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { ClipIcmClient } from '#client/client.ts';
import { shootInEveryForm, type Visit } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { drawnConcepts, uploadDrawn } from './support/drawn.ts';

/** All that the form does not show, and what it does. */
const asked = {
  datasets: ['drawn'],
  interventions: [{ name: 'grayscale' as const }, { name: 'invert' as const }],
  templates: ['an emoji of a {}', 'a drawing of a {}'],
  labels: drawnConcepts.toReversed(),
  shrinkage: 0.05,
  textInterventions: [{ name: 'style-templates' as const }],
};

describeConsole('a refit in the console', (open) => {
  let visit: Visit;
  let page: Page;
  let client: ClipIcmClient;

  beforeAll(async () => {
    const tenant = await open.stack.tenant('refitters');
    client = tenant.client;
    await uploadDrawn(client);
    for (const [name, own] of [
      ['open', {}],
      ['narrow', { estimator: 'icm' as const, dimension: 40, removeMean: true }],
    ] as const) {
      await client.jobs.wait((await client.projections.fit({ ...asked, name, ...own })).job.id);
    }
    visit = await open.visit(tenant.key);
    ({ page } = visit);
  });

  const openVersion = async (name: string) => {
    const { id } = await client.projections.get(name);
    await page.goto(`${open.stack.url}/console/#/projections/${id}`);
    await page.getByRole('heading', { name: `${name}@1`, level: 1 }).waitFor();
  };

  test('leaves to the service what was left to it, whatever it found', async () => {
    // As if it had found something better than plain CLIP, which it does not on so few pictures.
    const found = { estimator: 'icm', lambda: 1, dimension: 64 };
    const { id, ...open } = await client.projections.get('open');
    const heads = open.heads?.map((head) => ({ ...head, ...found }));
    await page.route(`**/v1/projections/${id}`, (route) => route.fulfill({ json: { ...open, id, heads } }));
    await openVersion('open');
    await page.getByRole('heading', { name: 'Refit' }).scrollIntoViewIfNeeded();
    await expect.poll(() => page.getByRole('radio', { name: /^Automatic/ }).isChecked()).toBe(true);
    await shootInEveryForm(page, 'refit');
  });

  test('starts at the numbers that were asked for, and leaves the others open', async () => {
    await openVersion('narrow');
    await expect.poll(() => page.getByRole('radio', { name: /^icm/ }).isChecked()).toBe(true);
    const group = (name: RegExp) => page.getByRole('group', { name });
    await expect.poll(() => group(/^λ′/).getByLabel('Automatic').isChecked()).toBe(true);
    await expect.poll(() => group(/^k,/).getByLabel('Automatic').isChecked()).toBe(false);
    await expect.poll(() => group(/^k,/).getByRole('slider').inputValue()).toBe('40');
    await page.getByText(/^More:/).click();
    await expect.poll(() => page.getByLabel('Take each modality’s mean out').isChecked()).toBe(true);
  });

  test('asks again for all that the form does not show', async () => {
    const { asked: before } = await client.projections.get('narrow');
    const sent = page.waitForRequest((request) => request.url().endsWith('/refits'));
    await page.getByRole('button', { name: 'Refit as a new version' }).click();
    const { release: _, ...body } = (await sent).postDataJSON();
    expect(body).toEqual(before);
    await page.getByRole('heading', { name: 'narrow@2', level: 1 }).waitFor();
    expect((await client.projections.get('narrow@2')).asked).toEqual(before);
  });

  test('is not offered for an uploaded version, which has no statistics', async () => {
    const artefact = await client.projections.download('open');
    await page.getByRole('link', { name: 'Projections', exact: true }).click();
    await page.getByRole('button', { name: 'Upload .icm' }).click();
    const dialog = page.getByRole('dialog');
    const file = { name: 'brought@3.icm', mimeType: '', buffer: Buffer.from(artefact) };
    await dialog.getByLabel('File (.icm)').setInputFiles(file);
    await dialog.getByRole('button', { name: 'Upload .icm' }).click();
    await expect.poll(() => page.locator('.told').allTextContents()).toEqual(['brought@1 was uploaded']);
    await openVersion('brought');
    await page.getByRole('heading', { name: 'Facts' }).waitFor();
    expect(await page.getByRole('heading', { name: 'Refit' }).count()).toBe(0);
    visit.expectQuiet();
  });
});
