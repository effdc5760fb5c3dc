// What somebody has set off is told to screen readers when it is done: once, without the focus going anywhere for it.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page, Route } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { gaussianRows } from '../shared/math/random.ts';
import { sampleTree } from '../support/pictures.ts';
import type { StackTenant } from '../support/stack.ts';
import { expectAccessible, shootInEveryForm } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { listen } from './support/heard.ts';
import { makeSampleFolder, samplePicture } from './support/sample-folder.ts';

/** Of nano-clip. */
const dimension = 256;

/** Presses the button, and the one of the dialog that it opens. */
async function confirm(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button').last().click();
  await dialog.waitFor({ state: 'detached' });
}

describeConsole('what is done for good is told', (open) => {
  let tenant: StackTenant;

  beforeAll(async () => {
    tenant = await open.stack.tenant('for good');
    const { client } = tenant;
    await client.datasets.create({ name: 'drawn' });
    await client.datasets.uploadTree('drawn', sampleTree(['noto'], ['cat', 'bear']));
  });

  const visitScreen = async (screen: string) => {
    const visit = await open.visit(tenant.key);
    const { page } = visit;
    await page.getByRole('link', { name: screen, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: screen }).waitFor();
    await visit.answered();
    return { visit, page, heard: await listen(page) };
  };

  test('of a profile that is deleted', async () => {
    await tenant.client.environments.createFrom({ name: 'gate' }, gaussianRows(2, dimension, 1));
    const { visit, page, heard } = await visitScreen('Environments');
    await confirm(page, 'Delete gate');
    await expect.poll(heard).toEqual(['gate was deleted']);
    await expectAccessible(page);
    visit.expectQuiet();
    await visit.close();
  });

  test('of a batch, on the screen that its end leads to', async () => {
    const { batch, job } = await tenant.client.classifyBatch({ from: { dataset: 'drawn' }, labels: ['cat'] });
    await tenant.client.jobs.wait(job.id);
    const { visit, page, heard } = await visitScreen('Batches');
    await page.evaluate((id) => location.assign(`#/batches/${id}`), batch.id);
    await page.getByRole('heading', { name: 'drawn by plain CLIP' }).waitFor();
    await confirm(page, 'Delete');
    await page.getByRole('heading', { level: 1, name: 'Batches' }).waitFor();
    await expect.poll(heard).toEqual(['The batch of “drawn” was deleted']);
    visit.expectQuiet();
    await visit.close();
  });

  test('of a dataset, and of a key', async () => {
    await tenant.client.datasets.create({ name: 'empty' });
    await tenant.client.keys.create({ name: 'spare', scopes: ['classify'] });
    const { visit, page, heard } = await visitScreen('Keys and usage');
    await confirm(page, 'Revoke spare');
    await expect.poll(heard).toEqual(['“spare” was revoked']);
    await page.getByRole('link', { name: 'Fit', exact: true }).click();
    await confirm(page, 'Delete empty');
    await expect.poll(heard).toEqual(['“spare” was revoked', 'empty was deleted']);
    visit.expectQuiet();
    await visit.close();
  });

  test('that a secret was copied, within the dialog that shows it', async () => {
    const { visit, page, heard } = await visitScreen('Keys and usage');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Name').fill('mobile');
    await page.getByRole('dialog').getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(heard).toEqual(['Copied']);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Copied');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await visit.answered();
    expect(await heard()).toEqual(['Copied']);
    visit.expectQuiet();
    await visit.close();
  });
});

describeConsole('where there is no clipboard', (open) => {
  test('a button to copy says what is left to do', async () => {
    const visit = await open.visitAs('no clipboard');
    const { page } = visit;
    await page.getByRole('link', { name: 'Keys and usage' }).click();
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    const heard = await listen(page);
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Name').fill('mobile');
    await page.getByRole('dialog').getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copy it by hand' }).waitFor();
    await expect.poll(heard).toEqual(['Copy it by hand']);
    await shootInEveryForm(page, 'no-clipboard');
    visit.expectQuiet();
    await visit.close();
  });
});

describeConsole('what is sent is told', (open) => {
  /** So that nothing comes before the page has drawn what came before it. */
  const hold = async (page: Page, address: string) => {
    const held: Route[] = [];
    await page.route(address, (route) => void held.push(route));
    return async () => {
      await expect.poll(() => held.length).toBeGreaterThan(0);
      await held.shift()?.continue();
    };
  };

  test('of a folder: that it has begun, by quarters, and what came of it, which stays', async () => {
    const folder = await makeSampleFolder();
    await writeFile(path.join(folder.directory, 'noto', 'cat', 'torn.png'), 'no picture');
    const visit = await open.visitAs('folder');
    const { page } = visit;
    await page.getByRole('link', { name: 'Fit', exact: true }).click();
    await page.getByLabel('Choose a folder of pictures').setInputFiles(folder.directory);
    const heard = await listen(page);
    let isHeld = true;
    // What is held is never sent: whoever pauses goes away.
    await page.route('**/v1/datasets/*/archive', (route) => (isHeld ? undefined : route.continue()));
    await page.getByRole('button', { name: 'Upload 25 pictures' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(heard).toEqual(['Sent 0 of 25']);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Pause');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Go on');
    isHeld = false;
    await page.keyboard.press('Enter');
    await page.locator('.notice', { hasText: '24 pictures added' }).waitFor();
    await expect
      .poll(async () => (await heard()).at(-1))
      .toContain('24 pictures added. 1 file could not be taken');
    await page.locator('summary', { hasText: '1 file could not be taken' }).click();
    await page.getByText('noto/cat/torn.png').waitFor();
    await expectAccessible(page);
    await shootInEveryForm(page, 'uploaded');
    await visit.close();
    await folder.remove();
  });

  test('of a profile: that it has begun, by quarters, and what came of it', async () => {
    const visit = await open.visitAs('profile');
    const { page } = visit;
    await page.getByRole('link', { name: 'Environments', exact: true }).click();
    await page
      .getByLabel('Choose pictures of one place')
      .setInputFiles(Array.from({ length: 70 }, () => samplePicture('noto', 'cat')));
    await page.getByLabel('Name of the environment').fill('roof');
    const heard = await listen(page);
    const letGo = await hold(page, '**/v1/environments**');
    await page.getByRole('button', { name: 'Make the profile' }).click();
    await expect.poll(heard).toEqual(['Encoded 0 of 70']);
    await letGo();
    await expect.poll(heard).toEqual(['Encoded 0 of 70', 'Encoded 64 of 70']);
    await letGo();
    await page.unroute('**/v1/environments**');
    const all = ['Encoded 0 of 70', 'Encoded 64 of 70', 'roof now has 70 pictures'];
    await expect.poll(heard).toEqual(all);
    await expectAccessible(page);
    visit.expectQuiet();
    await visit.close();
  });
});
