// What comes while the focus is elsewhere is told to screen readers once, and nothing else is.

import { readFile } from 'node:fs/promises';
import type { Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, shootInEveryForm } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';
import { listen } from './support/heard.ts';
import { eventsOf, jobAt } from './support/jobs.ts';
import { samplePicture } from './support/sample-folder.ts';

describeConsole('what comes is told', (open) => {
  const visitTry = async (name: string, expectedStatuses: readonly number[] = []) => {
    const visit = await open.visitAs(name, { expectedStatuses });
    const { page } = visit;
    await page.getByRole('button', { name: 'tiger, noto' }).waitFor();
    return { visit, page, heard: await listen(page) };
  };

  test('of one picture its answer, and what became of it after interventions', async () => {
    const { visit, page, heard } = await visitTry('one by one');
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    const first = expect.stringMatching(/^tiger, noto: plain CLIP says tiger, \d+ %$/);
    await expect.poll(heard).toEqual([first]);
    await page.getByRole('button', { name: 'Try all seven tiger, noto' }).click();
    const seven = expect.stringMatching(/^tiger, noto: 7 of 7 answered; plain CLIP: \d of 7 answers held$/);
    await expect.poll(heard).toEqual([first, seven]);
    await page.getByRole('button', { name: 'octopus, twemoji' }).click();
    const second = expect.stringMatching(/^octopus, twemoji: plain CLIP says [a-z ]+, \d+ %$/);
    await expect.poll(heard).toEqual([first, seven, second]);
    // Asked anew, it is news again.
    await page.getByLabel('Labels, one a line').fill('tiger\noctopus');
    await page.getByLabel('Labels, one a line').blur();
    await expect.poll(heard).toEqual([first, seven, second, '2 of 2 answered']);
    await page.getByRole('button', { name: 'Try all interventions' }).click();
    const fourteen = expect.stringMatching(/^14 of 14 answered; plain CLIP: \d+ of 14 answers held$/);
    await expect.poll(heard).toEqual([first, seven, second, '2 of 2 answered', fourteen]);
    await expectAccessible(page);
    await shootInEveryForm(page, 'told');
    // What is there when one comes back is not.
    await page.getByRole('link', { name: 'Batches', exact: true }).click();
    await page.getByRole('heading', { name: 'Batches', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Try', exact: true }).click();
    await page.getByRole('button', { name: 'Remove octopus, twemoji' }).click();
    await page.getByRole('button', { name: 'octopus, twemoji' }).click();
    await expect.poll(async () => (await heard()).slice(5)).toEqual([second]);
    visit.expectQuiet();
    await visit.close();
  });

  test('of many pictures how many', async () => {
    const { visit, page, heard } = await visitTry('many');
    const cat = await readFile(samplePicture('noto', 'cat'));
    const files = Array.from({ length: 32 }, (_, index) => {
      // Different bytes are different pictures.
      const buffer = Buffer.concat([cat, Buffer.from([index])]);
      return { name: `${index}.png`, mimeType: 'image/png', buffer };
    });
    const held: Route[] = [];
    let asked = 0;
    await page.route('**/v1/classifications*', async (route) => {
      asked += 1;
      if (asked === 1) await route.continue();
      else held.push(route);
    });
    await page.getByLabel('Choose pictures').setInputFiles(files);
    await expect.poll(heard).toEqual(['16 of 32 answered so far']);
    await expect.poll(() => held.length).toBe(1);
    await held[0]?.continue();
    await expect.poll(heard).toEqual(['16 of 32 answered so far', '32 of 32 answered']);
    await expectAccessible(page);
    visit.expectQuiet();
    await visit.close();
  });

  test('that a picture failed by its alert alone', async () => {
    const { visit, page, heard } = await visitTry('failing', [422]);
    const buffer = Buffer.from('89504e470d0a1a0a0000000d49484452000000400000004008020000', 'hex');
    await page
      .getByLabel('Choose pictures')
      .setInputFiles({ name: 'broken.png', mimeType: 'image/png', buffer });
    await page.getByRole('alert').getByText('This picture cannot be read').waitFor();
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await expect.poll(async () => (await heard()).length).toBe(1);
    expect((await heard()).join()).not.toContain('broken.png');
    visit.expectQuiet();
    await visit.close();
  });
});

describeConsole('a job at work', (open) => {
  test('is told of by stages and quarters, not by every picture', async () => {
    const visit = await open.visitAs('at work');
    const { page } = visit;
    const job = (status: string, stage: string, done: number) => jobAt('fit', status, stage, done, 40);
    const states = [
      ...Array.from({ length: 41 }, (_, done) => job('running', 'encode', done)),
      job('running', 'solve', 40),
      job('cancelled', 'solve', 40),
    ];
    const asked = Promise.withResolvers<void>();
    await page.route('**/v1/jobs/job_1/events', async (route) => {
      await asked.promise;
      await route.fulfill(eventsOf(states));
    });
    await page.evaluate(() => location.assign('#/fit/job_1'));
    await page.getByRole('heading', { name: 'Fitting', level: 1 }).waitFor();
    const heard = await listen(page);
    asked.resolve();
    await page.locator('.notice', { hasText: 'Cancelled; nothing was published' }).waitFor();
    const end = 'Cancelled; nothing was published';
    await expect.poll(async () => (await heard()).at(-1)).toBe(end);
    const steps = [...[10, 20, 30, 40].map((done) => `${done} of 40 pictures`), 'Solve'];
    // Of states that come in one piece the latest is told.
    const others = (await heard()).filter((words) => !steps.includes(words));
    expect(others).toEqual([end]);
    visit.expectQuiet();
    await visit.close();
  });
});
