// A suite of the console in a real browser: a whole system and a browser of its own, opened before its tests and closed after.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openTestStack, type TestStack } from '../../support/stack.ts';
import { describeInBrowser, type Visit, type VisitOptions, visitConsole } from './browser.ts';
import { openBrowser } from './chromium.ts';

/** To be used in hooks and tests, not before. */
export type ConsoleSuite = {
  readonly stack: TestStack;
  /** The console in a window of its own; with a key, signed in. */
  visit(key?: string, options?: VisitOptions): Promise<Visit>;
  /** As a tenant that is new. */
  visitAs(tenant: string, options?: VisitOptions): Promise<Visit>;
};

export function describeConsole(name: string, suite: (open: ConsoleSuite) => void): void {
  describeInBrowser(name, () => {
    let opened: { readonly stack: TestStack; readonly browser: Browser } | undefined;

    beforeAll(async () => {
      const [stack, browser] = await Promise.all([openTestStack(), openBrowser()]);
      opened = { stack, browser };
    });

    afterAll(async () => {
      await opened?.browser.close();
      await opened?.stack.close();
    });

    const both = () => {
      if (opened === undefined) throw new Error('nothing is open before the hooks have run');
      return opened;
    };
    const visit: ConsoleSuite['visit'] = (key, options) => {
      const { browser, stack } = both();
      return visitConsole(browser, stack.url, key, options);
    };
    suite({
      get stack() {
        return both().stack;
      },
      visit,
      visitAs: async (tenant, options) => visit((await both().stack.tenant(tenant)).key, options),
    });
  });
}
