// What tests of the console do in a real browser. Records whatever a page complains about, so that each test can say at
// its end that there was nothing.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import axe, { type RunOptions } from 'axe-core';
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { chromiumPath } from './chromium.ts';

/** A suite that needs a browser. Where there is none it says so, in the list of tests and on the console. */
export function describeInBrowser(name: string, suite: () => void): void {
  if (chromiumPath !== undefined) {
    describe(name, suite);
    return;
  }
  test(`${name}: NOT RUN, there is no chromium here`, () => {
    console.warn(`"${name}" was not run: no chromium in PATH or CHROMIUM_PATH.`);
  });
}

export type Visit = {
  readonly page: Page;
  /** Fails the test if the page logged an error, broke its policy or asked another host for anything. */
  expectQuiet(): void;
  /** Resolves once the page has an answer to all that it has asked the service for. */
  answered(): Promise<void>;
  close(): Promise<void>;
};

export type VisitOptions = BrowserContextOptions & {
  /** Statuses of answers that the test brings about; the browser logs them as errors. */
  readonly expectedStatuses?: readonly number[];
};

/** With a machine that is busy with something else: a test that waits for something ends by itself all the same. */
const patienceMs = 60_000;

/** Opens the console in a browser profile of its own; with a key, signed in through the address. */
export async function visitConsole(
  browser: Browser,
  url: string,
  key?: string,
  { expectedStatuses = [], ...options }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    const isExpected = expectedStatuses.some((status) => message.text().includes(`status of ${status}`));
    if (message.type() === 'error' && !isExpected) complaints.push(`console: ${message.text()}`);
  });
  const open = openRequests(page);
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
    answered: () => expect.poll(() => [...open].map((request) => request.url())).toEqual([]),
    close: () => context.close(),
  };
}

/** What the page has asked the service for and has no answer to, at any time. */
function openRequests(page: Page): ReadonlySet<Request> {
  const open = new Set<Request>();
  page.on('request', (request) => {
    if (request.resourceType() === 'fetch') open.add(request);
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  return open;
}

/**
 * No serious or critical issue by axe-core's rules, in light and in dark: what differs between them is the contrast. No region to be
 * read out but those that wait for what is told: one that comes together with its text stays unheard with some screen readers.
 */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await page.locator(otherRegions).evaluateAll((all) => all.map((one) => one.outerHTML))).toEqual([]);
  await page.evaluate(axe.source);
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const [given, other] = isDark ? (['dark', 'light'] as const) : (['light', 'dark'] as const);
  const issues = await findIssues(page, {});
  await page.emulateMedia({ colorScheme: other });
  const otherIssues = await findIssues(page, { runOnly: ['color-contrast'] });
  await page.emulateMedia({ colorScheme: given });
  expect({ [given]: issues, [other]: otherIssues }).toEqual({ [given]: [], [other]: [] });
}

const otherRegions = ':is([role="status"], [aria-live], output):not(.told, [aria-hidden="true"] *)';

async function findIssues(page: Page, options: RunOptions): Promise<string[]> {
  return page.evaluate(
    async (chosen) => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(chosen);
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    },
    { ...options, resultTypes: ['violations'] } satisfies RunOptions,
  );
}

/** Drops a file on the middle of the page, or pastes it: neither can be done to a page from outside. */
export async function giveFile(page: Page, how: 'drop' | 'paste', file: string, type: string): Promise<void> {
  const base64 = await readFile(file, 'base64');
  await page.evaluate(
    ([way, name, mime, encoded]) => {
      const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name, { type: mime }));
      const event =
        way === 'drop'
          ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
      document.querySelector('h1')?.dispatchEvent(event);
    },
    [how, path.basename(file), type, base64] as const,
  );
}

/** Where pictures of the screens go that somebody wants to look at; nobody: none is taken. */
const shots = process.env.CLIP_ICM_SHOTS;

export async function shoot(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
}

/** In both colours and in a narrow window, which must not scroll sideways; wide and light again afterwards. */
export async function shootInEveryForm(page: Page, name: string): Promise<void> {
  await shoot(page, `${name}-light`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(page);
  await shoot(page, `${name}-narrow`);
  await page.setViewportSize({ width: 1280, height: 900 });
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const excess = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  // Charts take the width of a new window a frame later.
  await expect.poll(excess).toBeLessThanOrEqual(0);
}
