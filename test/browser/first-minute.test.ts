// The console in a stranger's first minute: samples, a fit in one go, its answers beside plain CLIP's, code to copy, many pictures,
// words explained, and only what the key may do.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installLine, type Language, snippetOf } from '../../console/projections/snippets.ts';
import { buildPackages } from '../../infra/packages/build.ts';
import { type EmptyProject, installInto } from '../packages/support/empty-project.ts';
import { findNodes } from '../packages/support/machine-node.ts';
import { openTestStack, type StackTenant, type TestStack, whileWorkersStand } from '../support/stack.ts';
import {
  describeInBrowser,
  expectAccessible,
  expectNoSidewaysScroll,
  type Visit,
  visitConsole,
} from './support/browser.ts';
import { openBrowser } from './support/chromium.ts';
import { samplePicture } from './support/sample-folder.ts';

const run = promisify(execFile);
const fitTimeoutMs = 180_000;
/** So many of the samples that a fit of them takes seconds; those on offer are among them. */
const concepts = [
  ...['tiger', 'octopus', 'penguin', 'pineapple', 'elephant', 'cat', 'whale', 'mushroom', 'horse', 'snail'],
  ...['bear', 'cow', 'dog', 'frog', 'lemon', 'tulip'],
];

async function hasPython(): Promise<boolean> {
  return run('python3', ['--version']).then(
    () => true,
    () => false,
  );
}

describeInBrowser('the first minute', () => {
  let stack: TestStack;
  let browser: Browser;
  let tenant: StackTenant;
  let visit: Visit;
  let page: Page;
  let packed: string;
  let tarball: string;
  /** Of a user, with the client as it is published. */
  let project: EmptyProject;

  beforeAll(async () => {
    packed = await mkdtemp(path.join(tmpdir(), 'clip-icm-first-'));
    [stack, browser, project] = await Promise.all([
      openTestStack(),
      openBrowser(),
      buildPackages(packed, ['clip-icm-client']).then(async ({ 'clip-icm-client': file = '' }) => {
        tarball = path.basename(file);
        return installInto([file]);
      }),
    ]);
    tenant = await stack.tenant('stranger');
    visit = await visitConsole(browser, stack.url, tenant.key);
    ({ page } = visit);
    await page.route('**/samples/index.json', async (route) => {
      const list = await (await route.fetch()).json();
      await route.fulfill({ json: { ...list, coloured: list.coloured.slice(0, 3), concepts } });
    });
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
    await project?.remove();
    await rm(packed, { recursive: true, force: true });
  });

  test('shows first a sample whose answer flips, counts what is right, and says how small the model is', async () => {
    await page.getByRole('button', { name: 'Try ten samples' }).click();
    const first = page.locator('.picture-card').first();
    await first.getByText(/plain CLIP changes its answer/).waitFor();
    await first.getByText('flipped', { exact: true }).waitFor();
    await page.getByText('of 80 right').waitFor();
    await page.getByText('nano-clip answers: the small model').waitFor();
    await page.getByText('models pull Xenova/clip-vit-base-patch16').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Clear' }).click();
  });

  test('says of an answer that what the picture shows is not among the labels', async () => {
    await page.getByLabel('Labels, one a line').fill('bread\ncactus');
    await page.getByLabel('Labels, one a line').blur();
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await page.getByText('“tiger” is not among the labels asked about').waitFor();
    await page.getByRole('button', { name: 'Remove tiger, noto' }).click();
  });

  test('uploads and fits the samples at one press', { timeout: fitTimeoutMs + 10_000 }, async () => {
    await page.getByRole('link', { name: 'Fit', exact: true }).click();
    // Else the fit may be over before a busy browser comes to look.
    await whileWorkersStand(stack, async () => {
      await page.getByRole('button', { name: 'Fit on the sample pictures' }).click();
      await page.getByRole('progressbar', { name: 'Fit', exact: true }).waitFor();
    });
    await page.getByRole('heading', { name: 'samples@1', level: 1 }).waitFor({ timeout: fitTimeoutMs });
    await expectAccessible(page);
  });

  test('gives code to copy in three languages, which works with what is installed', async () => {
    const codeOf = async (language: string) => {
      await page.getByRole('button', { name: language, exact: true }).click();
      return page.getByRole('region', { name: language, exact: true }).innerText();
    };
    const names = { curl: 'curl', typescript: 'TypeScript', python: 'Python' } as const;
    const shown = { url: stack.url, projection: 'samples' };
    for (const [language, name] of Object.entries(names)) {
      await expect.poll(() => codeOf(name)).toBe(snippetOf(language as Language, shown));
      const hints = () => page.getByText('It needs the client').count();
      await expect.poll(hints).toBe(language === 'typescript' ? 1 : 0);
    }
    expect(installLine).toContain(tarball);
    await cp('test/fixtures/images/photo.jpg', path.join(project.directory, 'picture.jpg'));
    for (const projection of ['samples', 'samples@1']) await expectSameAnswers(projection);
  });

  /** The code of every language, run as a user would who copied it. */
  async function expectSameAnswers(projection: string): Promise<void> {
    const env = { ...process.env, CLIP_ICM_KEY: tenant.key };
    const execute = async (file: string, ...rest: string[]) =>
      (await run(file, rest, { cwd: project.directory, env })).stdout;
    const codeOf = (language: Language) => snippetOf(language, { url: stack.url, projection });
    const curl = JSON.parse(await execute('bash', '-c', codeOf('curl')));
    expect(curl.projection).toMatchObject({ name: 'samples', version: 1 });
    const { label } = curl.results[0];
    expect(concepts).toContain(label);
    await project.write('ask.mts', codeOf('typescript'));
    const tsc = path.resolve('node_modules/typescript/bin/tsc');
    const types = ['--types', 'node', '--typeRoots', path.resolve('node_modules/@types')];
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', ...types];
    await execute(process.execPath, tsc, ...flags, 'ask.mts');
    // What is TypeScript here is JavaScript too, for those whose Node does not strip types.
    await project.write('ask.mjs', codeOf('typescript'));
    for (const { file } of findNodes()) expect(await execute(file, 'ask.mjs')).toContain(`label: '${label}'`);
    if (await hasPython()) {
      expect(await execute('python3', '-c', codeOf('python'))).toContain(`'label': '${label}'`);
    } else {
      console.warn('The Python of the console was not run: there is no python3.');
    }
  }

  test('asks samples with the projection fitted on them, whatever was chosen', async () => {
    const small = await tenant.client.datasets.create({ name: 'small' });
    await tenant.client.datasets.uploadTree(
      small.id,
      await Promise.all(
        ['noto', 'twemoji'].flatMap((environment) =>
          ['bear', 'cat', 'whale'].map(async (name) => ({
            environment,
            class: name,
            filename: `${name}.png`,
            data: new Uint8Array(await readFile(samplePicture(environment, name))),
          })),
        ),
      ),
    );
    const { job, projection } = await tenant.client.projections.fit({ name: 'few', datasets: ['small'] });
    await tenant.client.jobs.wait(job.id);
    await page.goto(`${stack.url}/console/#/projections/${projection.id}`);
    await page.getByRole('link', { name: 'Try it' }).click();
    const asked = page.getByRole('combobox', { name: /^Projection/ });
    await expect.poll(() => asked.inputValue()).toBe(projection.id);
    await page.getByRole('button', { name: 'tiger, noto' }).click();
    await page.getByRole('region', { name: 'samples@1' }).getByText('tiger').first().waitFor();
    expect(await page.getByText('is not among the labels asked about').count()).toBe(0);
  });

  test('shows many pictures as a grid with filters, counts and a table', async () => {
    const files = await Promise.all(
      (await readdir('samples/emoji/twemoji')).map(async (name) => {
        const buffer = await readFile(samplePicture('twemoji', name));
        return { name: `${name}.png`, mimeType: 'image/png', buffer };
      }),
    );
    const twice = [...files, ...files.map((file) => ({ ...file, name: `again ${file.name}` }))].slice(0, 199);
    expect(twice).toHaveLength(199);
    await page.getByLabel('Choose pictures').setInputFiles(twice);
    await page.getByRole('button', { name: 'All 200' }).waitFor();
    await expect.poll(() => page.locator('.tile-answer', { hasText: '…' }).count()).toBe(0);
    expect(await page.locator('.picture-card').count()).toBe(0);
    const unsure = page.getByRole('button', { name: /^Unsure \d+$/ });
    const number = Number((await unsure.innerText()).replace(/\D/g, ''));
    await unsure.click();
    await expect.poll(() => page.locator('.tile').count()).toBe(number);
    expect(number).toBeGreaterThan(0);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: `CSV of ${number} picture` }).click(),
    ]);
    const csv = await readFile(await download.path(), 'utf8');
    expect(csv.trim().split('\r\n')).toHaveLength(number + 1);
    await page.locator('.tile').first().click();
    await page.locator('.picture-card').waitFor();
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSidewaysScroll(page);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test('explains its words as the glossary does, by the keyboard too', async () => {
    const word = page.getByRole('button', { name: 'plain CLIP', exact: true });
    const tip = page.getByRole('tooltip').filter({ hasText: 'Every gain here is over it.' });
    expect(await tip.count()).toBe(0);
    await word.focus();
    await tip.waitFor();
    await expect.poll(() => word.getAttribute('aria-describedby')).toBe(await tip.getAttribute('id'));
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'hidden' });
    await word.hover();
    await tip.waitFor();
  });

  test('says so where an address leads nowhere', async () => {
    for (const address of ['nonsense', 'account/of/nobody']) {
      await page.goto(`${stack.url}/console/#/${address}`);
      await page.getByRole('heading', { name: 'There is no such page', level: 1 }).waitFor();
      await page.getByText(`#/${address}`).waitFor();
    }
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Go to Try' }).click();
    await page.getByRole('heading', { name: 'Try', level: 1 }).waitFor();
  });

  test('shows a key no button for what it may not do', async () => {
    const { key } = await tenant.client.keys.create({ name: 'camera', scopes: ['classify'] });
    const guest = await visitConsole(browser, stack.url, key);
    const navigation = guest.page.getByRole('navigation', { name: 'Screens' });
    await guest.page.getByText('No pictures yet').waitFor();
    await expect
      .poll(() => navigation.getByRole('link').allInnerTexts())
      .toEqual(['Try', 'Projections', 'Environments', 'Batches']);
    await navigation.getByRole('link', { name: 'Projections' }).click();
    await guest.page.getByRole('link', { name: 'samples@1' }).click();
    await guest.page.getByRole('heading', { name: 'Use it' }).waitFor();
    const buttons = () => guest.page.locator('main').getByRole('button').allInnerTexts();
    await expect.poll(buttons).toEqual(['curl', 'TypeScript', 'Python', 'Copy']);
    for (const [screen, heading] of [
      ['Environments', 'Make a profile, or add to one'],
      ['Batches', 'Classify a dataset'],
    ] as const) {
      await navigation.getByRole('link', { name: screen }).click();
      await guest.page.getByRole('heading', { name: screen, level: 1 }).waitFor();
      expect(await guest.page.getByRole('heading', { name: heading }).count()).toBe(0);
    }
    // An address from somebody whose key may do more.
    const titles = { fit: 'Fit', account: 'Keys and usage' } as const;
    for (const screen of ['fit', 'account'] as const) {
      await guest.page.goto(`${stack.url}/console/#/${screen}`);
      await guest.page.getByRole('heading', { name: titles[screen], level: 1 }).waitFor();
      await guest.page.getByText('may do nothing here').waitFor();
      expect(await guest.page.locator('main').getByRole('button').count()).toBe(0);
    }
    guest.expectQuiet();
    await guest.close();
  });

  test('has complained of nothing', () => visit.expectQuiet());
});
