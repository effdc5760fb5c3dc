// The console in windows of all kinds: narrow, dark, and by keyboard alone.

import { beforeAll, expect, test } from 'vitest';
import { expectAccessible, expectNoSidewaysScroll } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';

const screens = ['Try', 'Fit', 'Projections', 'Environments', 'Batches', 'Keys and usage'];

describeConsole('the console in any window', (open) => {
  let key: string;

  beforeAll(async () => {
    ({ key } = await open.stack.tenant('windows'));
  });

  test.each([
    { width: 360, colorScheme: 'light' },
    { width: 1280, colorScheme: 'dark' },
  ] as const)('shows every screen $width pixels wide in $colorScheme', async ({ width, colorScheme }) => {
    const visit = await open.visit(key, {
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
    const visit = await open.visit();
    const { page } = visit;
    await page.getByLabel('API key').waitFor();
    await page.evaluate((value) => location.assign(`#key=${value}`), key);
    await page.getByText('No pictures yet').waitFor();
    await expect.poll(() => page.url()).toBe(`${open.stack.url}/console/`);
    visit.expectQuiet();
    await visit.close();
  });

  test('keeps the colours that were chosen', async () => {
    const visit = await open.visit(key, { colorScheme: 'light' });
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
    const visit = await open.visit(key);
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
