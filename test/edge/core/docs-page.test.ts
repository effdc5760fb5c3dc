// /docs in a real browser: it shows the API, and asks nothing of any other host.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { openEdge } from '../../support/edge.ts';

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

test('serves a page that states its policy and loads its script from here', async () => {
  const edge = await openEdge();
  const page = await edge.fetch('/docs');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).not.toMatch(/https?:\/\//);
  const script = await edge.fetch('/docs-assets/scalar.js');
  expect(script.status).toBe(200);
  expect(script.headers.get('content-type')).toContain('javascript');
  await script.body?.cancel();
  await edge.close();
});

if (browserPath === undefined) console.warn('no chromium here: /docs is not looked at in a browser');
else {
  test('shows every tag in a browser without a word to another host', async () => {
    const edge = await openEdge();
    const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
    const page = await browser.newPage();
    const complaints: string[] = [];
    const foreign: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:') && new URL(request.url()).origin !== edge.origin) {
        foreign.push(request.url());
      }
    });
    await page.goto(`${edge.origin}/docs`);
    await page.getByRole('heading', { name: 'clip-icm' }).waitFor();
    const { tags } = JSON.parse(await (await edge.fetch('/openapi.json')).text()) as {
      tags: { name: string }[];
    };
    for (const { name } of tags)
      await page
        .getByRole('link', { name: new RegExp(`^${name}`) })
        .first()
        .waitFor();
    await page.getByRole('link', { name: /^keys/ }).first().click();
    await page.getByText('Make a key').first().waitFor();
    await browser.close();
    await edge.close();
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  });
}
