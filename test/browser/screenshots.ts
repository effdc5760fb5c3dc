// `npm run screenshots`: draws docs/images anew. A browser uses the console on a local stack with the demo's pictures, as a visitor
// would; the answers in it are the service's own. Needs chromium; takes a minute or two.

import { openAsBlob } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { type ClipIcmClient, createClient } from '#client/client.ts';
import { readSamplePictures, type SamplePictures } from '../../cli/demo/sample-pictures.ts';
import { openTestStack } from '../support/stack.ts';
import { openBrowser } from './support/chromium.ts';

const images = path.resolve(import.meta.dirname, '../../docs/images');

const width = 1280;
const pixelRatio = 1.5;
/** As the console has it for its samples. */
const templates = ['an emoji of a {}'];
const camera = 'noto, fog';
/** Classes of the pictures shown, the last on top; none is in the profile. */
const shown = (process.env.CLIP_ICM_SHOWN ?? 'cow,elephant').split(',');

type ColorScheme = 'light' | 'dark';

/** Means taken out and nothing projected away, as `npm run demo` has it beside what is chosen by itself. */
async function fitSamples(client: ClipIcmClient, { sources, targets }: SamplePictures): Promise<void> {
  const dataset = await client.datasets.create({ name: 'samples' });
  const pictures = sources.map(async ({ file, ...place }) => ({ ...place, data: await openAsBlob(file) }));
  await client.datasets.uploadTree(dataset.id, await Promise.all(pictures));
  const request = { name: 'emoji', datasets: [dataset.id], templates, estimator: 'identity' as const };
  const { job } = await client.projections.fit(request);
  await client.jobs.wait(job.id);
  const target = targets.find(({ name }) => name === camera);
  await client.environments.createFrom({ name: camera }, target?.profile.map(({ bytes }) => bytes) ?? []);
}

function picturesOf({ targets }: SamplePictures) {
  const { scored = [] } = targets.find(({ name }) => name === camera) ?? {};
  return shown.flatMap((name) => {
    const picture = scored.find((candidate) => candidate.class === name);
    if (picture === undefined) throw new Error(`${name} is not among what is scored.`);
    const [mimeType, buffer] = ['image/png', Buffer.from(picture.bytes)];
    return { name: `${name}, ${camera} (simulated).png`, mimeType, buffer };
  });
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

async function drawTry(browser: Browser, url: string, samples: SamplePictures): Promise<void> {
  const page = await openConsole(browser, url, { height: 860, colorScheme: 'light' });
  await page.getByLabel('Where they come from').selectOption(camera);
  for (const picture of picturesOf(samples)) {
    await page.getByLabel('Choose pictures').setInputFiles(picture);
    await page.getByRole('heading', { name: picture.name }).waitFor();
  }
  await page
    .locator('.answer-label')
    .nth(3 * shown.length - 1)
    .waitFor();
  await page.waitForLoadState('networkidle');
  await page.evaluate(() => scrollTo(0, 0));
  await save(page, 'console-try.png');
  await page.context().close();
}

await mkdir(images, { recursive: true });
const [stack, browser, samples] = await Promise.all([openTestStack(), openBrowser(), readSamplePictures()]);
try {
  const { key } = await stack.tenant('screenshots');
  await fitSamples(createClient({ url: stack.url, key }), samples);
  await drawTry(browser, `${stack.url}/console/#key=${key}`, samples);
} finally {
  await browser.close();
  await stack.close();
}
