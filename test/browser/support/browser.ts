// A real browser for tests of the console: Debian's chromium, found and not downloaded. Records whatever a page complains
// about, so that each test can say at its end that there was nothing.

import { existsSync } from 'node:fs';
import path from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

function findChromium(): string | undefined {
  const { CHROMIUM_PATH: given, PATH: directories = '' } = process.env;
  if (given !== undefined) return given;
  const candidates = directories
    .split(':')
    .flatMap((directory) => names.map((name) => path.join(directory, name)));
  return candidates.find((candidate) => existsSync(candidate));
}

const executablePath = findChromium();

/** A suite that needs a browser. Where there is none it says so, in the list of tests and on the console. */
export function describeInBrowser(name: string, suite: () => void): void {
  if (executablePath !== undefined) {
    describe(name, suite);
    return;
  }
  test(`${name}: NOT RUN, there is no chromium here`, () => {
    console.warn(`"${name}" was not run: no chromium in PATH or CHROMIUM_PATH.`);
  });
}

export async function openBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('there is no chromium');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export type Visit = {
  readonly page: Page;
  /** Fails the test if the page logged an error, broke its policy or asked another host for anything. */
  expectQuiet(): void;
  close(): Promise<void>;
};

export type VisitOptions = BrowserContextOptions & {
  /** Statuses of answers that the test brings about; the browser logs them as errors. */
  readonly expectedStatuses?: readonly number[];
};

/** Opens the console in a browser profile of its own; with a key, signed in through the address. */
export async function visitConsole(
  browser: Browser,
  url: string,
  key?: string,
  { expectedStatuses = [], ...options }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    const isExpected = expectedStatuses.some((status) => message.text().includes(`status of ${status}`));
    if (message.type() === 'error' && !isExpected) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    const isOwn = protocol === 'blob:' || protocol === 'data:' || origin === url;
    if (!isOwn) complaints.push(`foreign request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      console.error(`policy: ${violatedDirective} ${blockedURI} ${sourceFile}`);
    });
  });
  await page.goto(`${url}/console/${key === undefined ? '' : `#key=${key}`}`);
  return {
    page,
    expectQuiet: () => expect(complaints).toEqual([]),
    close: () => context.close(),
  };
}

/** No serious or critical issue by axe-core's rules. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const issues = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
  expect(issues).toEqual([]);
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(excess).toBeLessThanOrEqual(0);
}
