// The pages that show commands, run as they stand: docs/api.md from its first block to its last in one shell on a fresh stack, and the
// queries of docs/operations.md. Numbers and names differ from run to run; what an answer holds and how it failed must not.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
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
  await symlink(path.resolve('node_modules/openai'), path.join(project.directory, 'node_modules/openai'));
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
  blocks: readonly Block[],
  { id, key }: StackTenant,
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
    PATH: `${path.join(project.directory, 'node_modules/.bin')}:${process.env.PATH}`,
  };
  const child = spawn('bash', ['-c', script.join('\n')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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
