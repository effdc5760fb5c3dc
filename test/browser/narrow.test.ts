// What a phone shows without scrolling.

import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, expectNoSidewaysScroll, shoot } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';

const small = { width: 360, height: 640 };

describeConsole('the console on a phone', (open) => {
  test.each(['light', 'dark'] as const)('has the first answer in sight, in %s', async (colorScheme) => {
    const visit = await open.visitAs(`phone ${colorScheme}`, { viewport: small, colorScheme });
    const { page } = visit;
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    const label = page.locator('.answer-label');
    await label.waitFor();
    const note = page.getByText('nano-clip answers: a small model, for a first look');
    await note.waitFor();
    const bottom = () => label.evaluate((element) => element.getBoundingClientRect().bottom);
    await expect.poll(bottom).toBeLessThanOrEqual(small.height);
    await shoot(page, `phone-${colorScheme}`);
    const command = page.getByText('models pull Xenova/clip-vit-base-patch16');
    expect(await command.isVisible()).toBe(false);
    await note.click();
    await command.waitFor();
    await page.getByRole('button', { name: 'Copy' }).waitFor();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await shoot(page, `phone-note-${colorScheme}`);
    visit.expectQuiet();
    await visit.close();
  });

  test('shows an empty frame for a picture that cannot be drawn, also among many', async () => {
    const options = { viewport: small, colorScheme: 'dark', expectedStatuses: [422] } as const;
    const visit = await open.visitAs('many', options);
    const { page } = visit;
    const broken = Buffer.from('89504e470d0a1a0a', 'hex');
    const files = Array.from({ length: 13 }, (_, index) => ({
      name: `${index}.png`,
      mimeType: 'image/png',
      buffer: Buffer.concat([broken, Buffer.from([index])]),
    }));
    await page.getByLabel('Choose pictures').setInputFiles(files);
    // Those further down are not looked at yet.
    const first = page.locator('.tile').first();
    await first.locator('.picture-none').waitFor();
    expect(await first.locator('img').count()).toBe(0);
    await expectNoSidewaysScroll(page);
    await shoot(page, 'broken-many');
    await visit.close();
  });

  test('shows all of what the keyboard has come to in a row that scrolls', async () => {
    const visit = await open.visitAs('by keys', { viewport: small });
    const { page } = visit;
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await page.locator('.variant').last().waitFor();
    const cutOff = (row: string) =>
      page.locator(`${row}:focus`).evaluate((focused) => {
        const { left, right } = focused.getBoundingClientRect();
        const frame = focused.parentElement?.getBoundingClientRect();
        return frame === undefined || left < frame.left || right > frame.right ? [focused.outerHTML] : [];
      });
    for (const row of ['.sample', '.variant']) {
      const all = page.locator(row);
      await all.first().focus();
      const others = (await all.count()) - 1;
      for (let nth = 0; nth < others; nth++) {
        await page.keyboard.press('Tab');
        expect(await cutOff(row)).toEqual([]);
      }
    }
    visit.expectQuiet();
    await visit.close();
  });

  test('shows where one is when the window has become narrow', async () => {
    const visit = await open.visitAs('turned', { viewport: { width: 1280, height: 640 } });
    const { page } = visit;
    await page.getByRole('link', { name: 'Batches', exact: true }).click();
    await page.getByRole('heading', { name: 'Batches', level: 1 }).waitFor();
    const below = page.getByRole('heading', { name: 'All batches' });
    await page.setViewportSize({ ...small, width: 400 });
    await below.evaluate((heading) => heading.scrollIntoView({ block: 'start' }));
    await page.setViewportSize(small);
    const right = () =>
      page.locator('nav [aria-current]').evaluate((here) => here.getBoundingClientRect().right);
    await expect.poll(right).toBeLessThan(small.width);
    // What was being read is still there.
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
    visit.expectQuiet();
    await visit.close();
  });

  test('orders its headings and names its parts where there is nothing yet', async () => {
    const visit = await open.visitAs('newcomer', { viewport: small });
    const { page } = visit;
    await page.getByText('No pictures yet').waitFor();
    expect(await structureOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'Projections', exact: true }).click();
    await page.getByText('No projections yet').waitFor();
    expect(await structureOf(page)).toEqual([]);
    await shoot(page, 'nothing-yet');
    visit.expectQuiet();
    await visit.close();
  });
});

/** What axe finds of the page's outline, which it calls no worse than moderate. */
async function structureOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['heading-order', 'landmark-unique'],
    });
    return violations.map(({ id }) => id);
  });
}
