// `npm run screenshots`: draws docs/images anew. A browser uses the console on a local stack with the sample pictures, as
// a visitor would; nothing in the pictures is made up. Needs chromium; takes a minute or two.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { type ClipIcmClient, createClient } from '#client/client.ts';
import { formatLabel } from '#shared/figures/format.ts';
import { openTestStack } from '../support/stack.ts';
import { openBrowser } from './support/chromium.ts';

const root = path.resolve(import.meta.dirname, '../..');
const emoji = path.join(root, 'samples/emoji');
const images = path.join(root, 'docs/images');
const sources = ['noto', 'twemoji', 'fluent-emoji-flat', 'emojione', 'fxemoji'];

const width = 1280;
const pixelRatio = 1.5;
/** As the console has it for its samples. */
const templates = ['an emoji of a {}'];

type ColorScheme = 'light' | 'dark';

async function fitSamples(client: ClipIcmClient): Promise<void> {
  const dataset = await client.datasets.create({ name: 'samples' });
  const pictures = await Promise.all(sources.map(readStyle));
  await client.datasets.uploadTree(dataset.id, pictures.flat());
  const { job } = await client.projections.fit({ name: 'emoji', datasets: [dataset.id], templates });
  for await (const { id, status } of client.jobs.events(job.id)) {
    if (status === 'failed' || status === 'cancelled') throw new Error(`job ${id} ended as ${status}`);
  }
}

async function readStyle(style: string) {
  const concepts = await readdir(path.join(emoji, style));
  return Promise.all(
    concepts.map(async (concept) => ({
      environment: style,
      class: formatLabel(concept),
      filename: `${concept}.png`,
      data: await readFile(path.join(emoji, style, concept, `${concept}.png`)),
    })),
  );
}

async function openConsole(
  browser: Browser,
  url: string,
  { height, colorScheme }: { height: number; colorScheme: ColorScheme },
): Promise<Page> {
  const viewport = { width, height };
  const context = await browser.newContext({ viewport, deviceScaleFactor: pixelRatio, colorScheme });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByText('No pictures yet').waitFor();
  return page;
}

/** As small as it looks the same: few colours, well chosen. */
async function save(page: Page, name: string): Promise<void> {
  const png = await sharp(await page.screenshot({ animations: 'disabled', caret: 'hide' }))
    .png({ palette: true, colours: 96, effort: 10, compressionLevel: 9 })
    .toBuffer();
  await writeFile(path.join(images, name), png);
  console.log(`docs/images/${name}  ${(png.length / 1024).toFixed(0)} KiB`);
}

/** The sample to look at. */
const shown = 'cat, fluent-emoji-high-contrast';

async function drawTry(browser: Browser, url: string): Promise<void> {
  const page = await openConsole(browser, url, { height: 880, colorScheme: 'light' });
  await page.getByRole('main').getByRole('button', { name: 'Try ten samples' }).click();
  await page.locator('.answer-label').nth(19).waitFor();
  // Taken last, a picture stands first.
  await page.getByRole('button', { name: `Remove ${shown}` }).click();
  await page.getByRole('button', { name: shown, exact: true }).click();
  await page.locator('.answer-label').nth(19).waitFor();
  await page.getByRole('button', { name: 'Try all interventions' }).click();
  await page.getByText('of 70 answers held').nth(1).waitFor({ timeout: 300_000 });
  const card = page.locator('.picture-card', { hasText: shown });
  await card.getByRole('button', { name: /^invert/ }).click();
  await card.getByRole('button', { name: /^invert/ }).blur();
  await save(page, 'console-try.png');
  await page.context().close();
}

async function drawReport(browser: Browser, url: string): Promise<void> {
  const page = await openConsole(browser, url, { height: 1130, colorScheme: 'dark' });
  await page.getByRole('link', { name: 'Projections', exact: true }).click();
  await page.getByRole('link', { name: 'emoji@1' }).click();
  await page.getByRole('img', { name: /Generalised spectrum/ }).waitFor();
  await save(page, 'console-report.png');
  await page.context().close();
}

await mkdir(images, { recursive: true });
const stack = await openTestStack();
const browser = await openBrowser();
try {
  const { key } = await stack.tenant('screenshots');
  await fitSamples(createClient({ url: stack.url, key }));
  const url = `${stack.url}/console/#key=${key}`;
  await drawTry(browser, url);
  await drawReport(browser, url);
} finally {
  await browser.close();
  await stack.close();
}
