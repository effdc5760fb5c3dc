// The programs of examples/, run as their readers run them, against one stack.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleTree } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const concepts = ['cat', 'hamburger', 'tulip', 'whale'];
const styles = ['noto', 'twemoji', 'fxemoji'];
let stack: TestStack;
let tenant: StackTenant;
let folder: string;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('reader of examples');
  folder = await mkdtemp(path.join(tmpdir(), 'examples-'));
  for (const style of styles) {
    for (const concept of concepts) {
      const place = path.join(style, concept);
      await cp(path.join('samples/emoji', place), path.join(folder, place), { recursive: true });
    }
  }
});

afterAll(async () => {
  await stack?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the program prints. */
async function run(name: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [`examples/${name}.ts`, ...args], {
    env: { ...process.env, CLIP_ICM_URL: stack.url, CLIP_ICM_KEY: tenant.key },
  });
  return stdout;
}

test('classify-picture', async () => {
  const printed = await run('classify-picture', 'samples/emoji/noto/cat/cat.png', 'cat', 'dog', 'pizza');
  expect(printed.split('\n')[0]).toMatch(/^[01]\.\d{3} {2}cat$/);
});

test('fit-folder, and with what it made the others', async () => {
  const printed = await run('fit-folder', folder, 'emoji');
  expect(printed).toContain('12 pictures uploaded, 0 not taken');
  expect(printed).toMatch(/^zero-shot, without a profile: .+/m);
  expect(printed).toMatch(/^zero-shot, with a profile: .+/m);

  const cat = 'samples/emoji/emojione/cat/cat.png';
  const embedded = await run('classify-embeddings', 'emoji', cat, 'samples/emoji/emojione/whale/whale.png');
  expect(embedded).toMatch(/cat\.png cat [01]\.\d+\n.*whale\.png whale [01]\.\d+/);

  const profiled = await run('make-profile', 'emoji', 'drawn otherwise', path.join(folder, 'fxemoji'));
  expect(profiled).toContain('drawn otherwise: 4 pictures');
  expect(profiled).toMatch(/^zero-shot: (profiled|unused)/m);
  expect(profiled).toMatch(/^no profile \S+\.png \w+\ndrawn otherwise \S+\.png \w+$/m);

  await tenant.client.datasets.create({ name: 'unseen' });
  await tenant.client.datasets.uploadTree('unseen', sampleTree(['emojione'], concepts));
  const evaluated = await run('evaluate', 'emoji', 'unseen');
  expect(evaluated).toMatch(/^emojione: 4 pictures, plain CLIP \d+\.\d %, projection \d+\.\d %$/m);
  expect(evaluated).toMatch(/answers differ/);
});
