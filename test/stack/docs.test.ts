// The pages that show commands, run as they stand: docs/api.md from its first block to its last in one shell on a fresh stack, the
// queries of docs/operations.md, and the command lines of README.md and docs/method.md from the packed command line, on a few
// pictures. Numbers and names differ from run to run; what an answer holds and how it failed must not.

import { spawn } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackages } from '../../infra/packages/build.ts';
import { type EmptyProject, installInto } from '../packages/support/empty-project.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

type Block = { readonly command: string; readonly shown: string };

let stack: TestStack;
let directory: string;
/** What a reader has installed: the packed client and command line, and openai. */
let project: EmptyProject;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-docs-'));
  const [opened, packages] = await Promise.all([
    openTestStack(),
    buildPackages(path.join(directory, 'packed')),
  ]);
  stack = opened;
  project = await installInto(Object.values(packages));
  // Beside it openai, and the native parts, which are not in npm's cache.
  for (const name of ['openai', 'onnxruntime-node', 'sharp']) {
    await symlink(path.resolve('node_modules', name), path.join(project.directory, 'node_modules', name));
  }
});

afterAll(async () => {
  await stack?.close();
  await project?.remove();
  await rm(directory, { recursive: true, force: true });
});

/** `sh` and `js` blocks are run, `console` blocks are only shown; a `text` block after one is what it printed. */
async function readBlocks(page: string): Promise<Block[]> {
  const markdown = await readFile(page, 'utf8');
  const runnable = /```(sh|js)\n(.*?)\n```(?:\n\n```text\n(.*?)\n```)?/gs;
  return [...markdown.matchAll(runnable)].map(([, language, code = '', shown = '']) => ({
    // Scripts lie in the project that the client is installed into, and run where the page's other commands do.
    command:
      language === 'sh'
        ? code
        : `cat > "$PROJECT/block.mjs" <<'END_OF_SCRIPT'\n${code}\nEND_OF_SCRIPT\nnode "$PROJECT/block.mjs"`,
    shown,
  }));
}

const marker = '=== next block ===';

/** What each block prints, up to one that fails. */
async function run(
  blocks: readonly Pick<Block, 'command'>[],
  { id, key }: Pick<StackTenant, 'id' | 'key'>,
  cwd = process.cwd(),
): Promise<{ code: number | null; printed: string[]; errors: string }> {
  const script = ['set -euo pipefail', ...blocks.map(({ command }) => `${command}\necho '${marker}'`)];
  const env = {
    ...process.env,
    CLIP_ICM_URL: stack.url,
    CLIP_ICM_KEY: key,
    TENANT: id,
    ADMIN_SECRET: stack.secrets.adminSecret,
    WORK: directory,
    PROJECT: project.directory,
    XDG_CACHE_HOME: path.join(directory, 'cache'),
    PATH: `${path.join(project.directory, 'node_modules/.bin')}:${process.env.PATH}`,
  };
  const child = spawn('bash', ['-c', script.join('\n')], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await exited, printed: output.split(`${marker}\n`), errors };
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

const inPackage = 'npm run -s clip-icm -- ';

/** The command lines of a page's `sh` blocks, without what they say behind them. */
async function readCommands(page: string): Promise<string[]> {
  const blocks = await readBlocks(page);
  return blocks.flatMap(({ command }) => command.split('\n').map((line) => line.replace(/ {2,}# .*$/, '')));
}

/** Why a command of a page is not run here. */
const notRun: readonly { readonly command: RegExp; readonly reason: string }[] = [
  { command: /^npm ci$/, reason: 'the checkout that runs this test is what it makes' },
  { command: /^npm run demo$/, reason: 'over a minute; test/stack/demo.test.ts runs it' },
  { command: /^npm start$/, reason: 'stays until it is stopped; test/stack/local-stack.test.ts runs it' },
  {
    command: /models pull/,
    reason: 'there is no hub here; test/cli/models/command.test.ts pulls from one of its own',
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
  }, 120_000);

  for (const command of commands.filter((line) => reasonOf(line) !== undefined)) {
    it.skip(`${command} (${reasonOf(command)})`);
  }
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
  }, 180_000);

  for (const command of commands.filter((line) => reasonOf(line) !== undefined)) {
    it.skip(`${command} (${reasonOf(command)})`);
  }
});
