// The console in windows of all kinds: narrow, dark, and by keyboard alone.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStack, type TestStack } from '../support/stack.ts';
import {
  describeInBrowser,
  expectAccessible,
  expectNoSidewaysScroll,
  visitConsole,
} from './support/browser.ts';
import { openBrowser } from './support/chromium.ts';

const screens = ['Try', 'Fit', 'Projections', 'Environments', 'Keys and usage'];

describeInBrowser('the console in any window', () => {
  let stack: TestStack;
  let browser: Browser;
  let key: string;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([openTestStack(), openBrowser()]);
    ({ key } = await stack.tenant('windows'));
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });

  test.each([
    { width: 360, colorScheme: 'light' },
    { width: 1280, colorScheme: 'dark' },
  ] as const)('shows every screen $width pixels wide in $colorScheme', async ({ width, colorScheme }) => {
    const visit = await visitConsole(browser, stack.url, key, {
      viewport: { width, height: 740 },
      colorScheme,
    });
    const { page } = visit;
    await page.getByRole('button', { name: 'penguin, fxemoji' }).click();
    await page.locator('.answer-label').waitFor();
    for (const screen of screens) {
      await page.getByRole('link', { name: screen, exact: true }).click();
      await page.getByRole('heading', { name: screen, level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await expectNoSidewaysScroll(page);
      const here = page.getByRole('link', { name: screen, exact: true });
      const place = async () => {
        const box = await here.boundingBox();
        return { left: box?.x, right: (box?.x ?? 0) + (box?.width ?? 0) };
      };
      const isInSight = ({ left = -1, right }: Awaited<ReturnType<typeof place>>) =>
        left >= 0 && right <= width;
      await expect.poll(place).toSatisfy(isInSight);
      await expectAccessible(page);
    }
    visit.expectQuiet();
    await visit.close();
  });

  test('takes a key from a link, also in a tab that is open already, and leaves no trace of it', async () => {
    const visit = await visitConsole(browser, stack.url);
    const { page } = visit;
    await page.getByLabel('API key').waitFor();
    await page.evaluate((value) => location.assign(`#key=${value}`), key);
    await page.getByText('No pictures yet').waitFor();
    await expect.poll(() => page.url()).toBe(`${stack.url}/console/`);
    visit.expectQuiet();
    await visit.close();
  });

  test('keeps the colours that were chosen', async () => {
    const visit = await visitConsole(browser, stack.url, key, { colorScheme: 'light' });
    const { page } = visit;
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: 'Dark' }).click();
    await expect.poll(background).not.toBe(light);
    const dark = await background();
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect.poll(background).toBe(dark);
    await visit.close();
  });

  test('can be used by keyboard alone', async () => {
    const visit = await visitConsole(browser, stack.url, key);
    const { page } = visit;
    await page.getByText('No pictures yet').waitFor();
    await page.getByRole('button', { name: 'tiger, noto' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.answer-label').waitFor();
    const grey = page.getByRole('button', { name: /^grey/ });
    await grey.focus();
    await page.keyboard.press('Space');
    await page.getByText(/^(?:held|flipped)$/).waitFor();
    await page.getByRole('link', { name: 'Projections' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('No projections yet').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Projections');
    visit.expectQuiet();
    await visit.close();
  });
});
