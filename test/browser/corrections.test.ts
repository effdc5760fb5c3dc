// What is said right and wrong under answers in the console, taken into a refit, and the new version in the shadow of the present one.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { ClipIcmClient } from '#client/client.ts';
import { expectAccessible, shootInEveryForm, type Visit } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { uploadDrawn } from './support/drawn.ts';
import { samplePicture } from './support/sample-folder.ts';

/** Under an answer of the projection: its name begins with the word that is seen, and ends with whose answer it is. */
const buttonOf = (word: string) => new RegExp(`^${word} .+, drawn@1$`);

describeConsole('corrections in the console', (open) => {
  let visit: Visit;
  let page: Page;
  let client: ClipIcmClient;
  let readerKey: string;
  let tenantId: string;
  let keptBefore: ReadonlySet<string>;

  const countOf = async (filter: string) =>
    Number(
      (await page.getByRole('button', { name: new RegExp(`^${filter} \\d`) }).innerText()).replace(/\D/g, ''),
    );

  /** What a screen reader was told last. */
  const told = () => page.locator('.told').textContent();

  beforeAll(async () => {
    const tenant = await open.stack.tenant('correctors');
    tenantId = tenant.id;
    client = tenant.client;
    readerKey = (await client.keys.create({ name: 'reader', scopes: ['classify'] })).key;
    await uploadDrawn(client);
    const { job } = await client.projections.fit({ name: 'drawn', datasets: ['drawn'] });
    await client.jobs.wait(job.id);
    visit = await open.visit(tenant.key);
    ({ page } = visit);
  });

  test('are what was said right or wrong under an answer of the projection', async () => {
    await page.getByRole('link', { name: 'Try', exact: true }).click();
    await page.getByRole('button', { name: 'elephant, fluent-emoji-high-contrast' }).click();
    const answer = page.getByRole('region', { name: 'drawn@1', exact: true });
    await answer.locator('.answer-label').waitFor();
    await answer.getByRole('button', { name: buttonOf('Wrong') }).click();
    await expectAccessible(page);
    await shootInEveryForm(page, 'judge');
    const choices = answer.getByLabel('What is it really?');
    const right = (await choices.locator('option:not([disabled])').first().getAttribute('value')) ?? '';
    await choices.selectOption(right);
    await answer.getByText(`Kept: it is ${right}`).waitFor();
    await expect.poll(told).toBe(`Kept: it is ${right}. A refit can take it in.`);
    const [kept] = await client.corrections.of('drawn').all();
    expect(kept).toMatchObject({ projection: 'drawn', label: right });
    expect(kept?.answered).not.toBe(right);

    await page.getByRole('button', { name: 'cat, fluent-emoji-high-contrast' }).click();
    const second = page.getByRole('region', { name: 'drawn@1', exact: true }).first();
    await second.getByRole('button', { name: buttonOf('Right') }).click();
    await second.getByText(/^Kept: .* is right\./).waitFor();
    const all = await client.corrections.of('drawn').all();
    expect(all.map(({ label, answered }) => label === answered).sort()).toEqual([false, true]);
    keptBefore = new Set(all.map(({ sha256 }) => sha256));
  });

  test('count in the grid for what a picture shows, and can be changed there', async () => {
    const named = ['snail', 'tiger', 'whale', 'bear', 'penguin', 'mushroom', 'cat', 'elephant'];
    const files = ['emojione', 'noto'].flatMap((style) =>
      named.map((name) => [style, name, samplePicture(style, name)] as const),
    );
    await page.getByLabel('Choose pictures').setInputFiles(
      await Promise.all(
        files.map(async ([style, name, file]) => ({
          name: `${style} ${name}.png`,
          mimeType: 'image/png',
          buffer: await readFile(file),
        })),
      ),
    );
    await page.getByRole('button', { name: 'All 18' }).waitFor();
    await expect.poll(() => page.locator('.tile-answer', { hasText: '…' }).count()).toBe(0);
    // Nothing says what files by themselves show; of the two samples it is known.
    const wrongBefore = await countOf('Wrong');
    const tile = page.getByRole('button', { name: /^emojione snail\.png/ });
    await tile.click();
    const answer = page.getByRole('region', { name: 'drawn@1', exact: true });
    const answered = await answer.locator('.answer-label').innerText();
    const other = answered === 'bear' ? 'cat' : 'bear';
    await answer.getByRole('button', { name: buttonOf('Wrong') }).click();
    await answer.getByLabel('What is it really?').selectOption(other);
    await answer.getByText(`Kept: it is ${other}`).waitFor();
    await expect.poll(() => countOf('Wrong')).toBe(wrongBefore + 1);
    // Still so when the card was closed, and another screen was shown.
    await tile.click();
    await page.getByRole('link', { name: 'Batches', exact: true }).click();
    await page.getByRole('link', { name: 'Try', exact: true }).click();
    await page.getByRole('button', { name: /^Wrong \d/ }).click();
    await tile.click();
    await answer.getByText(`Kept: it is ${other}`).waitFor();
    await expectAccessible(page);
    await shootInEveryForm(page, 'grid-kept');
    await answer.getByRole('button', { name: buttonOf('Change') }).click();
    await answer.getByRole('button', { name: buttonOf('Right') }).click();
    await answer.getByText(`Kept: ${answered} is right.`).waitFor();
    await expect.poll(() => countOf('Wrong')).toBe(wrongBefore);
    const kept = await client.corrections.of('drawn').all();
    expect(kept).toHaveLength(3);
    await client.corrections.delete(kept.find(({ sha256 }) => !keptBefore.has(sha256))?.id ?? '');
    await page.getByRole('button', { name: 'Clear' }).click();
  });

  test('by keyboard are kept only where that is said, however many labels are passed on the way', async () => {
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    const answer = page.getByRole('region', { name: 'drawn@1', exact: true });
    await answer.getByRole('button', { name: buttonOf('Wrong') }).focus();
    await page.keyboard.press('Enter');
    const before = (await client.corrections.of('drawn').all()).length;
    const choices = answer.getByLabel('What is it really?');
    // Asking for all of them waits for none.
    await choices.waitFor();
    const labels = await choices.locator('option:not([disabled])').allInnerTexts();
    await choices.focus();
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowDown');
    const keep = answer.getByRole('button', { name: buttonOf('Keep') });
    await keep.waitFor();
    expect(await client.corrections.of('drawn').all()).toHaveLength(before);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await answer.getByText(`Kept: it is ${labels[2]}.`).waitFor();
    // Beside what can be done about it, and not at the top of the page.
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('drawn@1');
    const all = await client.corrections.of('drawn').all();
    expect(all).toHaveLength(before + 1);
    await client.corrections.delete(all.find(({ sha256 }) => !keptBefore.has(sha256))?.id ?? '');
    await page.getByRole('button', { name: 'Remove tiger, noto' }).click();
  });

  test('are counted where a version is refitted, and taken in', async () => {
    await page.getByRole('link', { name: 'Projections', exact: true }).click();
    await page.getByRole('link', { name: 'drawn@1' }).click();
    const tick = page.getByLabel('Take in 2 corrections of its answers');
    await tick.waitFor();
    await expect.poll(() => tick.isChecked()).toBe(true);
    await expectAccessible(page);
    await shootInEveryForm(page, 'refit');
    await page.getByRole('button', { name: 'Refit as a new version' }).click();
    await page.getByRole('heading', { name: 'drawn@2', level: 1 }).waitFor();
    await page.getByRole('table', { name: 'Corrected pictures answered right, by environment' }).waitFor();
    expect((await client.projections.get('drawn@2')).corrections?.taken).toBe(2);
  });

  test('make a version that is asked in the shadow of the present one, until that is ended', async () => {
    await client.projections.promote('drawn@1');
    await page.getByRole('link', { name: 'Projections', exact: true }).click();
    await page.getByText('Shadow drawn', { exact: true }).click();
    await expect.poll(() => page.getByLabel('Version to ask beside it').inputValue()).toBe('2');
    await expectAccessible(page);
    await shootInEveryForm(page, 'shadow-choice');
    await page.getByRole('button', { name: 'Ask it too' }).click();
    const shadow = page.getByRole('region', { name: 'Shadow: drawn' });
    await shadow.getByText('No answer was counted yet').waitFor();
    await expect.poll(told).toBe('drawn@2 is asked beside drawn@1');
    const database = await open.stack.miniflare.getD1Database('DB');
    for (const [label, other, answers] of [
      ['cat', 'cat', 40],
      ['cat', 'tiger', 3],
      ['whale', '', 2],
    ]) {
      await database
        .prepare(
          `INSERT INTO shadow_counts (tenant_id, name, version, shadow, label, shadow_label, answers)
           VALUES (?, 'drawn', 1, 2, ?, ?, ?)`,
        )
        .bind(tenantId, label, other, answers)
        .run();
    }
    await shadow.getByRole('button', { name: 'Count again' }).click();
    await shadow.getByText('5 of 45 answers would differ').waitFor();
    await expect.poll(told).toBe('5 of 45 answers would differ (11.1 %).');
    const pairs = shadow.getByRole('table', { name: /^Where drawn@2 would answer otherwise/ });
    await expect
      .poll(() => pairs.getByRole('row').allTextContents())
      .toEqual([expect.any(String), 'cattiger3', 'whale(withheld)2']);
    await expectAccessible(page);
    await shootInEveryForm(page, 'shadow');
    await shadow.getByRole('button', { name: 'Ask it no more' }).click();
    await shadow.waitFor({ state: 'detached' });
    await expect.poll(told).toBe('drawn@2 is asked no more');
    expect((await client.projections.aliases())[0]?.shadow).toBeUndefined();
    visit.expectQuiet();
    await visit.close();
  });

  test('are not offered to a key that may only ask', async () => {
    const reader = await open.visit(readerKey);
    await reader.page.getByRole('button', { name: 'elephant, fluent-emoji-high-contrast' }).click();
    const answer = reader.page.getByRole('region', { name: 'drawn@1', exact: true });
    await answer.locator('.answer-label').waitFor();
    expect(await answer.getByRole('button', { name: buttonOf('Wrong') }).count()).toBe(0);
    await reader.page.getByRole('link', { name: 'Projections', exact: true }).click();
    await reader.page.getByRole('link', { name: 'drawn@1' }).click();
    await reader.page.getByRole('heading', { name: 'drawn@1', level: 1 }).waitFor();
    await reader.page.getByRole('link', { name: 'Try it' }).waitFor();
    for (const name of ['Make current', 'Roll back', 'Delete', 'Refit as a new version']) {
      expect(await reader.page.getByRole('button', { name }).count(), name).toBe(0);
    }
    reader.expectQuiet();
    await reader.close();
  });
});
