// What the console says when things go wrong: a broken picture, and an encoder that is down.

import type { Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { listen } from './support/heard.ts';

/** The first bytes of a PNG and nothing after them. */
const brokenPng = Buffer.from('89504e470d0a1a0a0000000d49484452000000400000004008020000', 'hex');

describeConsole('the console in trouble', (open) => {
  test('does not offer to ask again about a picture that cannot be read', async () => {
    const visit = await open.visitAs('broken alone', { expectedStatuses: [422] });
    const { page } = visit;
    await page
      .getByLabel('Choose pictures')
      .setInputFiles({ name: 'broken.png', mimeType: 'image/png', buffer: brokenPng });
    await page.getByRole('alert').getByText('This picture cannot be read').waitFor();
    await expect.poll(() => page.locator('.picture-card').getByRole('button').allInnerTexts()).toEqual(['✕']);
    await expectAccessible(page);
    visit.expectQuiet();
    await visit.close();
  });

  test('names a broken picture and answers the others', async () => {
    const visit = await open.visitAs('broken', { expectedStatuses: [422] });
    const { page } = visit;
    await page
      .getByLabel('Choose pictures')
      .setInputFiles({ name: 'broken.png', mimeType: 'image/png', buffer: brokenPng });
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await page.getByRole('alert').getByText('This picture cannot be read').waitFor();
    const cardOf = (name: string) => page.locator('.picture-card', { hasText: name });
    const [sound, broken] = [cardOf('tiger, noto'), cardOf('broken.png')];
    await sound.getByRole('button', { name: 'Try all seven' }).waitFor();
    expect(await broken.getByRole('button', { name: 'Try all seven' }).count()).toBe(0);
    await expectAccessible(page);
    visit.expectQuiet();
    await visit.close();
  });

  test('leaves whoever has signed in since alone where the key of before is refused late', async () => {
    const [first, second] = await Promise.all(['first', 'second'].map((name) => open.stack.tenant(name)));
    const visit = await open.visit(first?.key, { expectedStatuses: [401] });
    const { page } = visit;
    const asked = Promise.withResolvers<Route>();
    await page.route('**/v1/classifications*', (route) => asked.resolve(route), { times: 1 });
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    const late = await asked.promise;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').fill(second?.key ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'tiger, noto' }).waitFor();
    const answered = page.waitForResponse((response) => response.status() === 401);
    await late.fulfill({ status: 401, contentType: 'application/problem+json', body: '{}' });
    await (await answered).finished();
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await page.locator('.answer-label', { hasText: 'tiger' }).first().waitFor();
    visit.expectQuiet();
    await visit.close();
  });

  test('says at once that it is offline, asks again when told, and by itself on return', async () => {
    const visit = await open.visitAs('offline');
    const { page } = visit;
    await page.getByRole('button', { name: 'tiger, noto' }).waitFor();
    let isCut = true;
    // Only what asks: sample pictures are files of the console's own.
    await page.route('**/v1/classifications*', (route) =>
      isCut ? route.abort('internetdisconnected') : route.continue(),
    );
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    const card = page.locator('.picture-card').first();
    await card.getByRole('button', { name: 'Try again' }).first().waitFor();
    await expectAccessible(page);
    isCut = false;
    await card.getByRole('button', { name: 'Try again' }).first().click();
    await card.locator('.answer-label', { hasText: 'tiger' }).first().waitFor();

    isCut = true;
    await page.getByRole('button', { name: 'octopus, twemoji' }).click();
    await page.locator('.picture-card').first().getByRole('button', { name: 'Try again' }).first().waitFor();
    // A card that failed is not left out: 7 interventions for each of the two.
    await page.getByRole('button', { name: 'Try all interventions' }).click();
    isCut = false;
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await page.locator('.picture-card').first().locator('.answer-label').first().waitFor();
    await page.getByText('of 14 answers held').first().waitFor();
    await visit.close();
  });

  test('says that it is offline while the network is away, and asks what failed when it is back', async () => {
    const visit = await open.visitAs('away');
    const { page } = visit;
    await page.getByRole('button', { name: 'tiger, noto' }).waitFor();
    const notice = page.locator('.notice', { hasText: 'You are offline' });
    const heard = await listen(page);
    expect(await notice.count()).toBe(0);
    await page.context().setOffline(true);
    await notice.waitFor();
    await expect
      .poll(heard)
      .toEqual([expect.stringMatching(/^You are offline\. The service cannot be reached/)]);
    await page.getByLabel('Choose pictures').setInputFiles('samples/emoji/noto/cat/cat.png');
    const card = page.locator('.picture-card').first();
    await card.getByRole('button', { name: 'Try again' }).first().waitFor();
    await expectAccessible(page);
    await page.context().setOffline(false);
    await notice.waitFor({ state: 'detached' });
    await expect.poll(async () => (await heard()).join()).toContain('The service can be reached again');
    await card.locator('.answer-label').first().waitFor();
    await visit.close();
  });

  test('does not say so where the service answers all the same, as one of this machine does', async () => {
    const visit = await open.visitAs('on-a-train');
    const { page } = visit;
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'onLine', { get: () => false });
      // However late: a busy machine takes longer than the console waits for it.
      Object.assign(AbortSignal, { timeout: () => new AbortController().signal });
    });
    const asked = page.waitForResponse('**/healthz');
    await page.reload();
    await asked;
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await page.locator('.answer-label', { hasText: 'tiger' }).waitFor();
    expect(await page.getByText('You are offline').count()).toBe(0);
    visit.expectQuiet();
    await visit.close();
  });

  test('says that the encoder is down, and goes on with what needs none', { timeout: 240_000 }, async () => {
    const visit = await open.visitAs('down', { expectedStatuses: [503] });
    const { page } = visit;
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await page.locator('.answer-label', { hasText: 'tiger' }).waitFor();
    await page.getByRole('button', { name: 'Remove tiger, noto' }).click();
    await Promise.all(open.stack.workers.map((worker) => worker.close()));
    await page.getByRole('button', { name: 'octopus, twemoji' }).click();
    await page.getByRole('alert').getByText('The encoder cannot be reached').waitFor({ timeout: 120_000 });
    await expectAccessible(page);
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    const seen = page.locator('.picture-card', { hasText: 'tiger, noto' });
    await seen.locator('.tier', { hasText: 'memory' }).waitFor();
    await page.getByRole('link', { name: 'Keys and usage' }).click();
    await page.getByRole('row', { name: /this session/ }).waitFor();
    visit.expectQuiet();
    await visit.close();
  });
});
