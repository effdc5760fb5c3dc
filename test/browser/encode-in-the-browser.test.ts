// The example that encodes on the visitor's device: the same embedding as the worker's, and nothing but it on the wire.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStack, type StackTenant, type TestStack, workerCount } from '../support/stack.ts';
import { describeInBrowser } from './support/browser.ts';
import { openBrowser } from './support/chromium.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
const picture = 'samples/emoji/noto/cat/cat.png';

describeInBrowser('encoding in the browser', () => {
  let stack: TestStack;
  let tenant: StackTenant;
  let directory: string;
  let pages: Server;
  let url: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-example-'));
    const root = path.resolve('examples/encode-in-the-browser');
    [stack] = await Promise.all([
      openTestStack(),
      build({
        root,
        configFile: path.join(root, 'vite.config.ts'),
        logLevel: 'error',
        build: { outDir: directory },
      }),
    ]);
    tenant = await stack.tenant('visitors');
    pages = createServer(async (request, response) => {
      const name = new URL(request.url ?? '', 'http://page').pathname.replace(/\/$/, '/index.html');
      const contents = await readFile(path.join(directory, name)).catch(() => undefined);
      response.writeHead(contents === undefined ? 404 : 200, {
        'content-type': types[path.extname(name)] ?? '',
      });
      response.end(contents);
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`;
  });

  afterAll(async () => {
    pages?.close();
    await stack?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('answers by the numbers alone, which are those of the worker', async () => {
    const worker = await tenant.client.embeddings.create({
      input: [{ image: await readFile(picture, 'base64') }],
    });
    await tenant.client.environments.create({
      name: 'drawings',
      inputs: await Promise.all(
        (await readdir('samples/emoji/noto')).slice(0, 16).map(async (concept) => ({
          image: await readFile(`samples/emoji/noto/${concept}/${concept}.png`, 'base64'),
        })),
      ),
    });
    const encodedBefore = await workerCount(stack, 'icm_pictures_encoded_total');
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const sent: { method: string; bytes: number }[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(stack.url)) return;
        sent.push({ method: request.method(), bytes: request.postDataBuffer()?.byteLength ?? 0 });
      });
      await page.goto(url);
      await page.fill('[name=url]', stack.url);
      await page.fill('[name=key]', tenant.key);
      await page.fill('[name=environment]', 'drawings');
      await page.setInputFiles('[name=picture]', picture);
      await page.click('button');
      await page.waitForFunction(() => /%|[a-z]{4}/.test(document.querySelector('output')?.value ?? ''));
      expect(await page.textContent('output')).toMatch(/^cat \d+\.\d %$/);
      const numbers: number[] = JSON.parse(await page.inputValue('textarea'));
      const own = worker.data[0]?.embedding;
      expect(numbers).toHaveLength(256);
      const differences = numbers.map((value, index) => Math.abs(value - Number(own?.[index])));
      expect(Math.max(...differences)).toBeLessThan(1e-4);
      expect(sent.filter(({ method }) => method === 'POST')).toEqual([{ method: 'POST', bytes: 4 * 256 }]);
    } finally {
      await browser.close();
    }
    expect(await workerCount(stack, 'icm_pictures_encoded_total')).toBe(encodedBefore);
  });
});
