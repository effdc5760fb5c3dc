// The names of buttons, as a screen reader lists them: each begins with the words that are seen, and those of a row say of which.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { gaussianRows } from '../shared/math/random.ts';
import { sampleTree } from '../support/pictures.ts';
import { expectAccessible, shootInEveryForm } from './support/browser.ts';
import { describeConsole } from './support/console-suite.ts';

/** Of nano-clip. */
const dimension = 256;

type Names = {
  /** As Chromium tells them to a screen reader. */
  readonly names: readonly string[];
  readonly repeated: readonly string[];
  /** Those that do not begin with what is seen. A sign is no word. */
  readonly unlikeSeen: readonly string[];
};

/** Of the buttons, links and folds of the screen. Words are explained wherever they stand; what is of a group is named by it. */
async function namesOf(page: Page, others = ''): Promise<Names> {
  const selector = `main :is(button:not(.term), a, summary${others}):not(.variant, .segments *)`;
  const seen = await page.locator(selector).evaluateAll((elements) =>
    elements.map((element) => {
      const copy = element.cloneNode(true) as Element;
      for (const hidden of copy.querySelectorAll('.sr-only, option')) hidden.remove();
      return (copy.textContent ?? '').trim();
    }),
  );
  const names = await accessibleNames(page, selector);
  if (names.length !== seen.length) throw new Error('something came while the names were read');
  return {
    names,
    repeated: names.filter((name, index) => name === '' || names.indexOf(name) !== index),
    unlikeSeen: names.filter((name, index) => {
      const words = seen[index] ?? '';
      return /\p{L}/u.test(words) && !name.startsWith(words);
    }),
  };
}

async function accessibleNames(page: Page, selector: string): Promise<string[]> {
  const devtools = await page.context().newCDPSession(page);
  try {
    const { root } = await devtools.send('DOM.getDocument', { depth: 0 });
    const { nodeIds } = await devtools.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector });
    return await Promise.all(
      nodeIds.map(async (nodeId) => {
        const { nodes } = await devtools.send('Accessibility.getPartialAXTree', {
          nodeId,
          fetchRelatives: false,
        });
        return String(nodes[0]?.name?.value ?? '');
      }),
    );
  } finally {
    await devtools.detach();
  }
}

/** Once these are there: no two are called the same, and each begins with what is seen of it. */
async function expectOwnNames(page: Page, some: readonly unknown[], others?: string): Promise<void> {
  const isThere = async () => {
    const { names } = await namesOf(page, others);
    return names;
  };
  await expect.poll(isThere).toEqual(expect.arrayContaining([...some]));
  await expect.poll(() => namesOf(page, others)).toMatchObject({ repeated: [], unlikeSeen: [] });
}

describeConsole('a button of a row', (open) => {
  test('says of which it is, after the words that are seen', async () => {
    const { client, key } = await open.stack.tenant('rows');
    for (const name of ['hills', 'coast']) {
      await client.datasets.create({ name });
      await client.datasets.uploadTree(name, sampleTree(['noto'], ['tiger', 'octopus']));
      await client.keys.create({ name: 'ci-key', scopes: ['classify'] });
      await client.environments.createFrom({ name }, gaussianRows(2, dimension, 1));
      await client.webhooks.create({ url: `https://${name}.example/hook` });
    }
    const fit = { name: 'hills', datasets: ['hills'], estimator: 'identity' as const };
    const { job, projection } = await client.projections.fit(fit);
    await client.jobs.wait(job.id);
    const artefact = new Blob([await client.projections.download(projection.id)]);
    for (const name of ['hills', 'coast', 'coast']) await client.projections.upload(name, artefact);
    const visit = await open.visit(key);
    const { page } = visit;
    const goTo = async (screen: string) => {
      await page.getByRole('link', { name: screen, exact: true }).click();
      await page
        .getByRole('heading', { name: screen === 'Fit' ? 'Fit a projection' : screen, level: 1 })
        .waitFor();
    };

    await goTo('Keys and usage');
    await expectOwnNames(page, [
      'Revoke first key',
      expect.stringMatching(/^Revoke ci-key, icm_/),
      'Send a test https://coast.example/hook',
      'Remove https://hills.example/hook',
    ]);
    await expectAccessible(page);
    await shootInEveryForm(page, 'rows-keys');

    await goTo('Environments');
    await expectOwnNames(page, ['Delete coast', 'Delete hills', 'How far hills is from the sources']);
    await shootInEveryForm(page, 'rows-environments');

    await goTo('Fit');
    await expectOwnNames(page, ['Classify all coast', 'Classify all hills', 'Delete coast', 'Delete hills']);
    await expectAccessible(page);
    await shootInEveryForm(page, 'rows-datasets');

    await goTo('Projections');
    await page.getByText('Shadow').nth(1).waitFor();
    for (const shadow of await page.getByText('Shadow').all()) await shadow.click();
    const shadows = ['Ask it too coast', 'Ask it too hills', 'Shadow coast', 'Shadow hills'];
    await expectOwnNames(page, shadows, ', select');
    await expectAccessible(page);
    await shootInEveryForm(page, 'rows-projections');

    await goTo('Try');
    for (const name of ['tiger, noto', 'octopus, twemoji']) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('button', { name: new RegExp(`^Wrong ${name}, `) }).click();
    }
    await expectOwnNames(page, ['Try all seven tiger, noto', 'Try all seven octopus, twemoji'], ', select');
    await expectAccessible(page);
    await shootInEveryForm(page, 'rows-try');
    visit.expectQuiet();
    await visit.close();
  });

  test('of a list of batches leads to the one of its time', async () => {
    const { client, key } = await open.stack.tenant('batches');
    await client.datasets.create({ name: 'hills' });
    await client.datasets.uploadTree('hills', sampleTree(['noto'], ['cat', 'bear']));
    for (const label of ['cat', 'bear']) {
      const { job } = await client.classifyBatch({ from: { dataset: 'hills' }, labels: [label] });
      await client.jobs.wait(job.id);
    }
    const visit = await open.visit(key);
    const { page } = visit;
    await page.getByRole('link', { name: 'Batches', exact: true }).click();
    const links = page.getByRole('link', { name: /^hills by plain CLIP, begun .+, \d\d:\d\d$/ });
    await expect.poll(() => links.count()).toBe(2);
    await expectAccessible(page);
    await shootInEveryForm(page, 'rows-batches');
    await links.first().click();
    await page.getByRole('heading', { name: 'hills by plain CLIP' }).waitFor();
    visit.expectQuiet();
    await visit.close();
  });
});
