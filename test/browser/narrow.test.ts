// What a phone shows without scrolling.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStack, type TestStack } from '../support/stack.ts';
import {
  describeInBrowser,
  expectAccessible,
  expectNoSidewaysScroll,
  shoot,
  visitConsole,
} from './support/browser.ts';
import { openBrowser } from './support/chromium.ts';

const small = { width: 360, height: 640 };

describeInBrowser('the console on a phone', () => {
  let stack: TestStack;
  let browser: Browser;

  beforeAll(async () => {
    [stack, browser] = await Promise.all([openTestStack(), openBrowser()]);
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });

  test.each(['light', 'dark'] as const)('has the first answer in sight, in %s', async (colorScheme) => {
    const { key } = await stack.tenant(`phone ${colorScheme}`);
    const visit = await visitConsole(browser, stack.url, key, { viewport: small, colorScheme });
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
});
