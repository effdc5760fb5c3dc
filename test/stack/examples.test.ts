// The programs of examples/, run as examples/README.md says, on fewer pictures, against one stack.

import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCommands, runBlocks } from '../support/page-commands.ts';
import { openTestStack, type TestStack } from '../support/stack.ts';

const concepts = ['cat', 'hamburger', 'tulip', 'whale'];
const styles = ['noto', 'twemoji', 'fxemoji', 'emojione', 'emojione-monotone'];
let stack: TestStack;
let checkout: string;

beforeAll(async () => {
  stack = await openTestStack();
  checkout = await mkdtemp(path.join(tmpdir(), 'examples-'));
  for (const name of ['cli', 'examples', 'node_modules', 'package.json']) {
    await symlink(path.resolve(name), path.join(checkout, name));
  }
  for (const style of styles) {
    for (const concept of concepts) {
      const place = path.join('samples/emoji', style, concept);
      await cp(place, path.join(checkout, place), { recursive: true });
    }
  }
});

afterAll(async () => {
  await stack?.close();
  await rm(checkout, { recursive: true, force: true });
});

test('each does what the page says', async () => {
  const tenant = await stack.tenant('reader of examples');
  const told = (await readCommands('examples/README.md')).filter((line) => !line.startsWith('npm start'));
  const env = { ...process.env, CLIP_ICM_URL: stack.url, CLIP_ICM_KEY: tenant.key };
  const lines = told.map((command) => ({ command }));
  const { code, printed, errors } = await runBlocks(lines, { cwd: checkout, env });
  expect(code, `${told[printed.length - 1]}\n${errors}`).toBe(0);
  const by = (name: string) => printed[told.findIndex((line) => line.includes(`examples/${name}.ts`))] ?? '';

  expect(by('classify-picture').split('\n')[0]).toMatch(/^[01]\.\d{3} {2}cat$/);

  expect(by('fit-folder')).toContain('12 pictures uploaded, 0 not taken');
  expect(by('fit-folder')).toMatch(/^zero-shot, without a profile: .+/m);
  expect(by('fit-folder')).toMatch(/^zero-shot, with a profile: .+/m);

  expect(by('classify-embeddings')).toMatch(/cat\.png cat [01]\.\d+/);

  expect(by('make-profile')).toContain('monochrome: 4 pictures');
  expect(by('make-profile')).toMatch(/^zero-shot: (profiled|unused)/m);
  expect(by('make-profile')).toMatch(/^no profile \S+\.png \w+\nmonochrome \S+\.png \w+$/m);

  expect(by('evaluate')).toMatch(/^emojione: 4 pictures, plain CLIP \d+\.\d %, projection \d+\.\d %$/m);
  expect(by('evaluate')).toMatch(/answers differ/);
});
