// What the Try screen says while an answer is waited for, until the encoder is back or given up. The service's answers are given by
// the test, and its time passes as told.

import { readFile } from 'node:fs/promises';
import type { Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Problem } from '#shared/contracts/problem.ts';
import { expectAccessible, shoot, shootInEveryForm } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { listen } from './support/heard.ts';
import { samplePicture } from './support/sample-folder.ts';

const gone = {
  type: '/problems/worker-unavailable',
  title: 'The encoder cannot be reached',
  status: 503,
  code: 'worker-unavailable',
  detail: 'The encoder cannot be reached now; try again shortly.',
  requestId: 'req_0123456789abcdefghij',
} satisfies Problem;

/** Holds whatever asks about pictures until it is said what comes of it. */
async function holdQuestions(page: Page) {
  const held: Route[] = [];
  let heard: (() => void) | undefined;
  await page.route('**/v1/classifications*', (route) => {
    held.push(route);
    heard?.();
  });
  const next = async () => {
    while (held.length === 0) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
    return held.shift();
  };
  return {
    next,
    refuseNext: async () =>
      (await next())?.fulfill({
        status: 503,
        headers: { 'retry-after': '5' },
        contentType: 'application/problem+json',
        body: JSON.stringify(gone),
      }),
  };
}

/** The browser's own time limits run out for nobody: no clock of a test holds those, and a busy machine is slow to answer. */
async function liftLimits(page: Page) {
  await page.evaluate(() => Object.assign(AbortSignal, { timeout: () => new AbortController().signal }));
}

/**
 * The page's waits of a second and more stand still from here on but for what passes as told, however long the machine takes over
 * the rest, until they are let go. Frames and shorter waits are how things are drawn, and go on.
 */
async function holdClock(page: Page) {
  await liftLimits(page);
  const machinery = await page.evaluateHandle(() => ({
    requestAnimationFrame: requestAnimationFrame.bind(globalThis),
    cancelAnimationFrame: cancelAnimationFrame.bind(globalThis),
    setTimeout: setTimeout.bind(globalThis),
    clearTimeout: clearTimeout.bind(globalThis),
  }));
  const nowMs = Date.now();
  await page.clock.install({ time: nowMs });
  // Later than it can have become meanwhile: the clock goes on until it is held.
  await page.clock.pauseAt(nowMs + 3_600_000);
  await page.evaluate((real) => {
    const held = { setTimeout, clearTimeout };
    const short = new Set<unknown>();
    Object.assign(globalThis, real, {
      setTimeout: (work: () => void, ms = 0) => {
        if (ms >= 1000) return held.setTimeout(work, ms);
        const id = real.setTimeout(work, ms);
        short.add(id);
        return id;
      },
      clearTimeout: (id: number) => (short.has(id) ? real.clearTimeout(id) : held.clearTimeout(id)),
    });
  }, machinery);
  // What was to be drawn when the clock was held, and would now never be: whoever waits for that asks for no frame again.
  await page.clock.runFor(500);
  // A wait begins once what it is for has been drawn: time that has passed before that does not count for it.
  const drawn = () =>
    page.evaluate(() => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  const pass = async (ms: number) => {
    await drawn();
    await page.clock.runFor(ms);
  };
  return { pass, letGo: () => page.clock.resume() };
}

describeConsole('while the encoder is away', (open) => {
  const visitHeld = async (name: string) => {
    const visit = await open.visitAs(name, { expectedStatuses: [503] });
    const { page } = visit;
    await page.getByRole('button', { name: 'tiger, noto' }).waitFor();
    return { visit, page, clock: await holdClock(page), questions: await holdQuestions(page) };
  };

  test('says whom it waits for, in the place of the answer, then that it gave up', async () => {
    const { visit, page, clock, questions } = await visitHeld('patient');
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    const card = page.locator('.picture-card');
    await card.locator('[aria-busy="true"]').waitFor();
    await card.getByRole('img').evaluate((image) => (image as HTMLImageElement).decode());
    const before = await card.boundingBox();
    const told = await listen(page);
    const line = card.locator('.answer-waiting');
    expect(await line.innerText()).toBe('');
    await clock.pass(5000);
    await line.getByText('Waiting for the encoder').waitFor();
    await expect.poll(told).toEqual([expect.stringMatching(/^Waiting for the encoder/)]);
    await expect.poll(() => card.boundingBox()).toEqual(before);
    await expectAccessible(page);
    await shootInEveryForm(page, 'waiting');

    // From here on it waits for pauses that begin when the page has heard of the refusal, which nobody else is told.
    await clock.letGo();
    await questions.refuseNext();
    await line.getByText('The encoder is away').waitFor();
    await expect
      .poll(async () => (await told()).slice(1))
      .toEqual([expect.stringMatching(/^The encoder is away/)]);
    await expect.poll(() => card.boundingBox()).toEqual(before);
    await clock.pass(10_000);
    await questions.refuseNext();
    await clock.pass(10_000);
    expect(await card.getByRole('alert').count()).toBe(0);
    await questions.refuseNext();
    const said = await card.getByRole('alert').innerText();
    expect(said).toMatch(
      /^The encoder cannot be reached\. Given up after \d\d seconds\. New pictures have to wait/,
    );
    expect(said).not.toContain('cannot be reached now');
    await expectAccessible(page);
    await shootInEveryForm(page, 'given-up');
    visit.expectQuiet();
    await visit.close();
  });

  test('asks again about all that it gave up, at one press', async () => {
    const { visit, page, clock, questions } = await visitHeld('at-one-press');
    await clock.letGo();
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await page.getByRole('button', { name: 'octopus, twemoji' }).click();
    for (let refusals = 0; refusals < 6; refusals++) {
      await questions.refuseNext();
      await clock.pass(10_000);
    }
    await page.unroute('**/v1/classifications*');
    await page.getByRole('button', { name: 'Ask again about 2 pictures' }).click();
    await page.locator('.answer-label').nth(1).waitFor();
    await expect.poll(() => page.getByRole('button', { name: /^Ask again/ }).count()).toBe(0);
    visit.expectQuiet();
    await visit.close();
  });

  test('says so beside each of several pictures, and aloud of the first', async () => {
    const { visit, page, clock, questions } = await visitHeld('several');
    await page
      .getByLabel('Choose pictures')
      .setInputFiles(['cat', 'bear'].map((name) => samplePicture('noto', name)));
    await questions.next();
    const told = await listen(page);
    await expect.poll(() => page.locator('.answer[aria-busy="true"]').count()).toBe(2);
    // What begins to wait once it is drawn has begun a frame later.
    await page.evaluate(
      () => new Promise((over) => requestAnimationFrame(() => requestAnimationFrame(over))),
    );
    await clock.pass(5000);
    await expect.poll(() => page.locator('.answer', { hasText: 'Waiting for the encoder' }).count()).toBe(2);
    await expect.poll(told).toEqual([expect.stringMatching(/^Waiting for the encoder/)]);
    visit.expectQuiet();
    await visit.close();
  });

  test('says so once above many pictures', async () => {
    const { visit, page, clock, questions } = await visitHeld('many');
    const cat = await readFile(samplePicture('noto', 'cat'));
    const files = Array.from({ length: 20 }, (_, index) => {
      // Different bytes are different pictures.
      const buffer = Buffer.concat([cat, Buffer.from([index])]);
      return { name: `${index}.png`, mimeType: 'image/png', buffer };
    });
    await page.getByLabel('Choose pictures').setInputFiles(files);
    await page.getByRole('list', { name: 'Pictures' }).waitFor();
    await questions.next();
    const told = await listen(page);
    await clock.pass(5000);
    await page.locator('.hint', { hasText: 'Waiting for the encoder' }).waitFor();
    await expect.poll(told).toEqual([expect.stringMatching(/^Waiting for the encoder/)]);
    await expectAccessible(page);
    await shoot(page, 'waiting-many');
    visit.expectQuiet();
    await visit.close();
  });
});
