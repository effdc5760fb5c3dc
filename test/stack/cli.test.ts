// The `clip-icm` command as a process against the real stack: what it prints, as text and JSON, and its exit codes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

type Run = { readonly code: unknown; readonly out: string; readonly err: string };

const concepts = ['cat', 'dog', 'hamburger', 'tulip', 'whale', 'four_leaf_clover'];

let stack: TestStack;
let tenant: StackTenant;
let directory: string;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('commander');
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-cli-'));
  for (const style of ['noto', 'twemoji']) {
    for (const concept of concepts) {
      await cp(`samples/emoji/${style}/${concept}`, path.join(directory, 'tree', style, concept), {
        recursive: true,
      });
    }
  }
});

afterAll(async () => {
  await stack?.close();
  await rm(directory, { recursive: true, force: true });
});

async function run(args: readonly string[], key = tenant.key): Promise<Run> {
  const env = { ...process.env, CLIP_ICM_URL: stack.url, CLIP_ICM_KEY: key, XDG_CONFIG_HOME: directory };
  const child = spawn(process.execPath, ['cli/bin.ts', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

describe('clip-icm', () => {
  it('fits a directory and classifies by it', async () => {
    const fitted = await run(['fit', 'drawn', '--directory', path.join(directory, 'tree'), '--json']);
    expect(fitted.err).toBe('');
    expect(JSON.parse(fitted.out)).toMatchObject({ name: 'drawn', version: 1, status: 'ready' });
    const labels: string[] = JSON.parse(fitted.out).labels;
    expect(labels).toContain('four_leaf_clover');

    const picture = 'samples/emoji/fxemoji/hamburger/hamburger.png';
    const told = await run(['classify', picture, '--projection', 'drawn']);
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toMatch(/hamburger\.png +hamburger +\d+\.\d %/);
    const listed = await run(['projections', 'list']);
    expect(listed.out).toMatch(/drawn@1 +current +ready/);
    const renamed = await run(['projections', 'alias', 'drawn', '--version', '1']);
    expect(renamed).toMatchObject({ code: 0, out: 'drawn now means drawn@1.\n' });
    const [job] = JSON.parse((await run(['jobs', 'list', '--json'])).out);
    expect((await run(['jobs', 'get', job.id])).out).toMatch(/^fit .*\nsucceeded .* 100 % +12 of 12/);
    const usage = await run(['usage', '--json']);
    expect(JSON.parse(usage.out).leftToday.pictures).toBeGreaterThan(0);
  });

  it('makes a key on stdout alone, and revokes it', async () => {
    const made = await run(['keys', 'create', 'camera', '--scopes', 'classify']);
    expect(made.out).toMatch(/^icm_dev_\w+\n$/);
    const refused = await run(['datasets', 'list'], made.out.trim());
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^error: .*\(403 missing-scope, request req_\w+\)\n$/);
    const keys = JSON.parse((await run(['keys', 'list', '--json'])).out);
    const { id } = keys.find(({ name }: { name: string }) => name === 'camera');
    expect(await run(['keys', 'revoke', id])).toMatchObject({ code: 0 });
  });

  it('has an exit code for each way to fail', async () => {
    expect(await run(['classify'])).toMatchObject({ code: 2 });
    expect(await run(['fit', 'x'])).toMatchObject({ code: 1 });
    const nowhere = await run(['jobs', 'list', '--url', 'http://127.0.0.1:1']);
    expect(nowhere).toMatchObject({ code: 3, out: '' });
    expect(await run(['--help'])).toMatchObject({ code: 0, err: '' });
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
