// The openai package in a page of another origin: its preflight asks for headers of its own (`x-stainless-*`).

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';
import { describeInBrowser } from './support/browser.ts';
import { openBrowser } from './support/chromium.ts';

/** The package as one module for browsers. */
async function bundleOpenAi(): Promise<string> {
  const build = await rolldown({
    input: 'openai',
    cwd: process.cwd(),
    platform: 'browser',
    logLevel: 'silent',
  });
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  return output[0].code;
}

describeInBrowser('openai in a page of another origin', () => {
  let stack: TestStack;
  let tenant: StackTenant;
  let pages: Server;
  let origin: string;

  beforeAll(async () => {
    const [opened, code] = await Promise.all([openTestStack(), bundleOpenAi()]);
    stack = opened;
    tenant = await stack.tenant('pages');
    pages = createServer((request, response) => {
      const isScript = request.url === '/openai.js';
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
      response.end(isScript ? code : '<!doctype html><title>page</title>');
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    pages?.close();
    await stack?.close();
  });

  it('embeds, and reads an error', async () => {
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const headers: string[] = [];
      page.on('request', (request) => headers.push(...Object.keys(request.headers())));
      await page.goto(origin);
      const options = {
        baseURL: `${stack.url}/v1`,
        apiKey: tenant.key,
        dangerouslyAllowBrowser: true,
        maxRetries: 0,
      };
      await page.addScriptTag({
        type: 'module',
        content: `import OpenAI from '${origin}/openai.js';
          const client = new OpenAI(${JSON.stringify(options)});
          const ask = (input) => client.embeddings.create({ model: 'nano-clip', input });
          const { data } = await ask(['a cat', 'a dog']);
          const failed = await ask(['']).catch((error) => error);
          globalThis.said = { count: data.length, param: failed.param, status: failed.status };`,
      });
      await page.waitForFunction('globalThis.said !== undefined');
      expect(await page.evaluate('globalThis.said')).toEqual({ count: 2, param: 'input[0]', status: 422 });
      expect(headers.some((name) => name.startsWith('x-stainless-'))).toBe(true);
    } finally {
      await browser.close();
    }
  });
});
