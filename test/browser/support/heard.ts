// What a screen reader is told by the console's regions for that.

import type { Page } from 'playwright-core';

/**
 * All that is told from here on, in its order; the region has to be there already, as has that of a dialog when it opens. What
 * changes behind a dialog is heard by nobody.
 */
export async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.locator('.told[role="status"]').waitFor({ state: 'attached' });
  const heard = await page.evaluateHandle(() => {
    const list: string[] = [];
    const note = (changes: MutationRecord[]) => {
      const covering = document.querySelector('dialog:modal');
      const regions = changes.map(({ target }) =>
        target instanceof Element ? target : target.parentElement,
      );
      for (const region of new Set(regions.map((target) => target?.closest('.told')))) {
        const isReached = region?.isConnected === true && (covering === null || covering.contains(region));
        const words = region?.textContent ?? '';
        if (isReached && words !== '') list.push(words);
      }
    };
    new MutationObserver(note).observe(document, { childList: true, characterData: true, subtree: true });
    return list;
  });
  return () => heard.jsonValue();
}
