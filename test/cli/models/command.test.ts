// The command as a process of its own: what it prints, where, and how it exits.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hostedModel } from '../../infra/models/support/hosted-model.ts';
import { type HubServer, startHubServer } from '../../infra/models/support/hub-server.ts';

const program = `
  import { Command } from 'commander';
  import { modelsCommand } from './cli/models/command.ts';
  await new Command('clip-icm').addCommand(modelsCommand()).parseAsync();
`;

let dir: string;
let server: HubServer;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'models-'));
  server = await startHubServer(hostedModel());
});

afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

async function run(...args: string[]): Promise<Outcome> {
  const env = { ...process.env, HF_ENDPOINT: server.endpoint, HF_TOKEN: '', ICM_MODELS_DIR: dir };
  const cwd = join(import.meta.dirname, '../../..');
  return promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program, '--', 'models', ...args],
    { env, cwd },
  ).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Outcome) => error,
  );
}

it('pulls, lists and verifies, and says what is damaged with exit code 1', async () => {
  expect(await run('pull', 'someone/tiny-clip')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^someone\/tiny-clip \(default, aaaaaaaaaaaa\): 6 files, 0\.6 MB, in /),
    stderr: '',
  });
  const list = await run('list');
  expect(list.stdout).toMatch(/^model +revision +variants +size +dimension\nsomeone\/tiny-clip .* 48\n$/);
  expect(await run('verify')).toMatchObject({ code: 0, stdout: 'someone/tiny-clip: whole, 6 files\n' });
  await writeFile(join(dir, 'someone/tiny-clip/config.json'), '{}');
  expect(await run('verify', 'someone/tiny-clip')).toMatchObject({
    code: 1,
    stdout: 'someone/tiny-clip: DAMAGED\n  config.json: changed\n',
  });
});

it('prints JSON where asked', async () => {
  const { stdout } = await run('pull', 'someone/tiny-clip', '--variant', 'fp16', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ manifest: { variants: ['fp16'] }, unchanged: false });
  expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject({
    models: [{ id: 'someone/tiny-clip', dimension: 48 }],
  });
});

it('explains a failure on the error stream, with exit code 1 and no stack trace', async () => {
  expect(await run('pull', 'someone/else')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^models: .* has no model someone\/else at that revision\.\n$/),
  });
});
