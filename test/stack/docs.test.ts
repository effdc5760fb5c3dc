// The pages that show commands, run as they stand: docs/api.md from its first block to its last in one shell on a fresh stack, the
// queries of docs/operations.md, and the command lines of README.md and docs/method.md from the packed command line, on a few
// pictures. Numbers and names differ from run to run; what an answer holds and how it failed must not.

import { globSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackages } from '../../infra/packages/build.ts';
import { familiesDirectory } from '../gpu-worker/families/golden.ts';
import { hostedFamily } from '../infra/models/support/hosted-model.ts';
import { startHubServer } from '../infra/models/support/hub-server.ts';
import { type EmptyProject, installInto } from '../packages/support/empty-project.ts';
import {
  type Block,
  inPackage,
  type Ran,
  readBlocks,
  readCommands,
  runBlocks,
} from '../support/page-commands.ts';
import { siteNetwork } from '../support/picture-site.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

let stack: TestStack;
/** Where the events of a page's webhook arrive. */
let receiver: WebhookReceiver;
let directory: string;
/** What a reader has installed: the packed client and command line, and openai. */
let project: EmptyProject;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-docs-'));
  const [opened, listening, packages] = await Promise.all([
    openTestStack({ workerEnvironment: { ICM_FETCH_ALLOW: siteNetwork } }),
    openWebhookReceiver(),
    buildPackages(path.join(directory, 'packed')),
  ]);
  stack = opened;
  receiver = listening;
  project = await installInto(Object.values(packages));
  // Beside it openai, and the native parts, which are not in npm's cache.
  for (const name of ['openai', 'onnxruntime-node', 'sharp']) {
    await symlink(path.resolve('node_modules', name), path.join(project.directory, 'node_modules', name));
  }
});

afterAll(async () => {
  await stack?.close();
  await receiver?.close();
  await project?.remove();
  await rm(directory, { recursive: true, force: true });
});

/** What each block prints, up to one that fails. */
function run(
  blocks: readonly Pick<Block, 'command'>[],
  { id, key }: Pick<StackTenant, 'id' | 'key'>,
  cwd = process.cwd(),
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return runBlocks(blocks, {
    cwd,
    env: {
      ...process.env,
      CLIP_ICM_URL: stack.url,
      CLIP_ICM_KEY: key,
      TENANT: id,
      ADMIN_SECRET: stack.secrets.adminSecret,
      WORK: directory,
      PROJECT: project.directory,
      XDG_CACHE_HOME: path.join(directory, 'cache'),
      PATH: `${path.join(project.directory, 'node_modules/.bin')}:${process.env.PATH}`,
      ...environment,
    },
  });
}

const namesIn = (output: string) => [...output.matchAll(/"(\w+)": ?[^,}\]]/g)].map(([, name = '']) => name);
const codesIn = (output: string) => [...output.matchAll(/"code": ?"([\w-]+)"/g)].map(([, code]) => code);

describe('docs/api.md', () => {
  it('shows commands that work, and answers that they give', async () => {
    const blocks = await readBlocks('docs/api.md');
    expect(blocks.length).toBeGreaterThan(25);
    const { code, printed, errors } = await run(blocks, await stack.tenant('reader'));
    expect(code, `${blocks[printed.length - 1]?.command}\n${errors}`).toBe(0);
    for (const [index, { command, shown }] of blocks.entries()) {
      const actual = printed[index] ?? '';
      expect(actual.trim() === '', command).toBe(shown === '');
      expect(new Set(codesIn(actual)), command).toEqual(new Set(codesIn(shown)));
      expect(actual.includes('null'), `${command}\n${actual}`).toBe(shown.includes('null'));
      expect(namesIn(actual), command).toEqual(expect.arrayContaining(namesIn(shown)));
    }
  }, 300_000);
});

describe('docs/operations.md', () => {
  it('shows commands that work', async () => {
    const blocks = await readBlocks('docs/operations.md');
    const { code, printed } = await run(blocks, await stack.tenant('operated'));
    expect(code).toBe(0);
    expect(printed.flatMap(codesIn)).toEqual([]);
    expect(printed.join()).toContain('"requestsPerMinute":12000');
  });

  it('shows queries that the database takes', async () => {
    const markdown = await readFile('docs/operations.md', 'utf8');
    const queries = [...markdown.matchAll(/```sql\n(.*?)\n```/gs)].map(([, query = '']) => query);
    expect(queries.length).toBeGreaterThan(0);
    const database = await stack.miniflare.getD1Database('DB');
    for (const query of queries) {
      const { success } = await database.prepare(query).all();
      expect(success, query).toBe(true);
    }
  });
});

/** What a page's commands find where they are run: some styles of the samples as places, and a place without labels. */
async function writePictures(): Promise<string> {
  const home = path.join(directory, 'home');
  const classes = ['ant', 'banana', 'bear', 'bird', 'bread', 'bug', 'cactus', 'cat', 'cherries'];
  const samples = path.resolve('samples/emoji');
  await mkdir(path.join(home, 'frames/night'), { recursive: true });
  for (const name of classes) {
    for (const place of ['emojione', 'fxemoji', 'noto']) {
      await cp(path.join(samples, place, name), path.join(home, 'pictures', place, name), {
        recursive: true,
      });
    }
    const frame = path.join(samples, 'emojione-monotone', name, `${name}.png`);
    await copyFile(frame, path.join(home, 'frames/night', `${name}.png`));
  }
  await copyFile(path.join(samples, 'twemoji/cat/cat.png'), path.join(home, 'new.jpg'));
  return home;
}

/** Why a command of a page is not run here. */
const notRun: readonly { readonly command: RegExp; readonly reason: string }[] = [
  { command: /^npm ci$/, reason: 'the checkout that runs this test is what it makes' },
  { command: /^npm run demo$/, reason: 'over a minute; test/stack/demo.test.ts runs it' },
  { command: /^npm start$/, reason: 'stays until it is stopped; test/stack/local-stack.test.ts runs it' },
  { command: /models pull/, reason: 'below, from a hub of our own' },
  { command: /^docker /, reason: 'no docker here; .github/workflows/ci.yml builds and starts the images' },
  { command: /^kubectl /, reason: 'no cluster here; CI builds the overlays' },
  { command: /wrangler /, reason: 'asks for an account' },
  {
    command: /^npx vite /,
    reason: 'stays until it is stopped; test/browser/encode-in-the-browser.test.ts opens the page',
  },
  { command: /--model (photo-clip|Xenova)/, reason: 'the model is not in the repository' },
];

const reasonOf = (command: string) => notRun.find((entry) => entry.command.test(command))?.reason;

describe('README.md', async () => {
  const commands = await readCommands('README.md');
  const told = commands.filter((command) => reasonOf(command) === undefined);

  it('shows commands that work, from a folder of pictures to an answer with a profile', async () => {
    expect(told.length).toBeGreaterThan(3);
    const lines = told.map((command) => ({ command: command.replace(inPackage, 'clip-icm ') }));
    const { code, printed, errors } = await run(lines, await stack.tenant('newcomer'), await writePictures());
    expect(code, `${told[printed.length - 1]}\n${errors}`).toBe(0);
    expect(printed.join('')).toContain('cat');
  });

  for (const command of commands.filter((line) => reasonOf(line) !== undefined)) {
    it.skip(`${command} (${reasonOf(command)})`);
  }
});

describe('docs/production.md', async () => {
  const commands = await readCommands('docs/production.md');

  it('shows the whole way from a fit to a release in commands that work', async () => {
    expect(commands.length).toBeGreaterThan(15);
    const lines = commands.map((command) => ({ command: command.replaceAll(inPackage, 'clip-icm ') }));
    const environment = { RECEIVER: receiver.url };
    const tenant = await stack.tenant('producer');
    const { code, printed, errors } = await run(lines, tenant, await writePictures(), environment);
    expect(code, `${commands[printed.length - 1]}\n${errors}`).toBe(0);
    const said = (words: string) =>
      printed[commands.findIndex((command) => command.includes(words))] ?? `${words} is not run`;
    expect(said('webhooks test')).toContain('delivered');
    expect(said('webhooks deliveries')).toContain('webhook.test');
    await expect.poll(() => receiver.received.map(({ body }) => body).join()).toContain('job.ended');
    expect(said('correct --projection')).toContain('cat');
    expect(said('--corrections')).toContain('wildlife@2');
    expect(said('environments watch')).toContain('night, profile revision');
    expect(said('projections list')).toMatch(/wildlife@2 +candidate/);
    expect(said('--version 2')).toContain('wildlife@2 is asked beside wildlife@1');
    expect(said('rollback')).toContain('wildlife now means wildlife@1 again');
  });
});

describe('docs/method.md', async () => {
  const commands = await readCommands('docs/method.md');
  const evaluations = commands.filter((command) => reasonOf(command) === undefined);
  /** Other pictures than the page's, and one seed: what takes minutes there takes seconds, by the same options. */
  const small = (command: string) =>
    command
      .replace(inPackage, 'clip-icm ')
      .replace(/ evaluate \S+/, ' evaluate pictures')
      .replace(/--seeds \d+/, '--seeds 1');

  it('shows commands that work', async () => {
    const lines = [...new Set(evaluations.map(small))];
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.filter((line) => !line.startsWith('clip-icm evaluate pictures '))).toEqual([]);
    const blocks = lines.map((command) => ({ command }));
    const { code, printed, errors } = await run(blocks, { id: '', key: '' }, await writePictures());
    expect(code, `${lines[printed.length - 1]}\n${errors}`).toBe(0);
    for (const [index, line] of lines.entries()) expect(printed[index], line).toContain('plain CLIP');
  });

  for (const command of commands.filter((line) => reasonOf(line) !== undefined)) {
    it.skip(`${command} (${reasonOf(command)})`);
  }
});

describe('pages that pull models', async () => {
  const pages = ['README.md', 'docs/models.md'];
  const commands = (await Promise.all(pages.map(readCommands)))
    .flat()
    .filter((line) => /clip-icm.* models /.test(line));

  it('show commands that work, against a hub that has models of these names', async () => {
    expect(commands.length).toBeGreaterThan(3);
    const models = path.join(directory, 'models');
    const family = await hostedFamily(path.join(familiesDirectory, 'fashion-clip'));
    for (const command of commands) {
      const name = /pull (\S+)/.exec(command)?.[1] ?? family.name;
      const hub = await startHubServer({ ...family, name });
      const lines = [{ command: command.replace(inPackage, 'clip-icm ') }];
      const environment = { HF_ENDPOINT: hub.endpoint, ICM_MODELS_DIR: models };
      const { code, printed, errors } = await run(lines, { id: '', key: '' }, undefined, environment);
      await hub.close();
      expect(code, `${command}\n${errors}`).toBe(0);
      expect(printed[0]).toContain(name === family.name ? 'whole' : name);
    }
  });
});

describe('docs/deploy.md', async () => {
  const blocks = await readBlocks('docs/deploy.md');

  it('shows commands that work where they need nothing of a deployment, or only its address', async () => {
    const { id, key } = await stack.tenant('deployed');
    const home = await mkdtemp(path.join(directory, 'deploy-'));
    await symlink(path.resolve('samples'), path.join(home, 'samples'));
    const told = blocks.filter(({ command }) => reasonOf(command) === undefined);
    expect(told.length).toBeGreaterThan(1);
    const lines = told.map(({ command }) => ({
      command: command.replaceAll('https://api.example.com', stack.url),
    }));
    const { code, printed, errors } = await run(lines, { id, key }, home, { KEY: key });
    expect(code, errors).toBe(0);
    expect(printed.flatMap(codesIn)).toEqual([]);
    expect(printed.join('')).toContain('"label":"cat"');
    expect(await readFile(path.join(home, 'production.env'), 'utf8')).toMatch(/^(?:\w+=[0-9a-f]{64}\n){4}$/);
  });

  for (const { command } of blocks.filter((block) => reasonOf(block.command) !== undefined)) {
    it.skip(`${command.split('\n')[0]} … (${reasonOf(command)})`);
  }
});

it('no page shows commands that no test knows of', async () => {
  // Stays until it is stopped: test/browser/encode-in-the-browser.test.ts opens the page that it serves.
  const elsewhere = ['examples/encode-in-the-browser/README.md'];
  const tests = globSync('test/**/*.test.ts').map((file) => readFile(file, 'utf8'));
  const known = (await Promise.all(tests)).join('\n');
  for (const page of globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'])) {
    const isShown = (await readBlocks(page)).length > 0 && !elsewhere.includes(page);
    if (isShown) expect(known, page).toContain(page);
  }
});

it('CONTRIBUTING.md names tests and scripts that are there', async () => {
  const commands = await readCommands('CONTRIBUTING.md');
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
  for (const [, script = ''] of commands.join('\n').matchAll(/npm run ([\w:]+)/g))
    expect(scripts).toHaveProperty(script);
  const [, folder = '', words = ''] = /vitest run (\S+) -t '(.+?)'/.exec(commands.join('\n')) ?? [];
  const files = globSync(`${folder}/**/*.test.ts`);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  expect(texts.some((text) => text.includes(words))).toBe(true);
});
