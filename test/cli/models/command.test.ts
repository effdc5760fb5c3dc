// The command as a process of its own: what it prints, where, and how it exits.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { familiesDirectory } from '../../gpu-worker/families/golden.ts';
import { editJson, temporaryDirectory } from '../../gpu-worker/support/model-copies.ts';
import { hostedFamily } from '../../infra/models/support/hosted-model.ts';
import { type HubServer, startHubServer } from '../../infra/models/support/hub-server.ts';

const program = join(import.meta.dirname, '../../../cli/models/main.ts');

let dir: string;
let server: HubServer;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'models-'));
  server = await startHubServer(await hostedFamily(join(familiesDirectory, 'fashion-clip')));
});

afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

async function run(...args: string[]): Promise<Outcome> {
  const env = { ...process.env, HF_ENDPOINT: server.endpoint, HF_TOKEN: '', ICM_MODELS_DIR: dir };
  const cwd = join(import.meta.dirname, '../../..');
  return promisify(execFile)(process.execPath, [program, ...args], { env, cwd }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Outcome) => ({ code, stdout, stderr }),
  );
}

it('pulls, lists and verifies, and says what is damaged with exit code 1', async () => {
  expect(await run('pull', 'someone/tiny-clip')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^someone\/tiny-clip \(default, aaaaaaaaaaaa\): clip; 12 values; pictures of 32 pixels; texts of 77 tokens; 5 files, 0\.1 MB; no licence stated; runs; in [^\n]*\n$/,
    ),
    stderr: '',
  });
  const list = await run('list');
  expect(list.stdout).toMatch(/^model +revision +variants +size +dimension\nsomeone\/tiny-clip .* 12\n$/);
  expect(await run('verify')).toMatchObject({ code: 0, stdout: 'someone/tiny-clip: whole, 5 files\n' });
  await writeFile(join(dir, 'someone/tiny-clip/config.json'), '{}');
  expect(await run('verify', 'someone/tiny-clip')).toMatchObject({
    code: 1,
    stdout: 'someone/tiny-clip: DAMAGED\n  config.json: changed\n',
  });
});

it('says whose scale and bias stand in where a SigLIP has none of its own', async () => {
  await using temporary = await temporaryDirectory();
  const from = join(temporary.path, 'siglip');
  await cp(join(familiesDirectory, 'siglip'), from, { recursive: true });
  await editJson(from, 'config.json', { logit_scale: undefined, logit_bias: undefined });
  const { stdout } = await run('pull', 'someone/siglip', '--from', from);
  expect(stdout).toContain(
    '; probabilities by an assumed scale 117.330765 and bias -12.932437 like google/siglip-base-patch16-224; runs;',
  );
});

it('prints JSON where asked', async () => {
  const { stdout } = await run('pull', 'someone/tiny-clip', '--variant', 'fp16', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    manifest: { variants: ['fp16'] },
    model: { family: 'clip', embeddingDimension: 12 },
    unchanged: false,
  });
  expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject({
    models: [{ id: 'someone/tiny-clip', dimension: 12 }],
  });
});

it('pulls a variant of a repository that has no other, and lists what is there where another is asked for', async () => {
  const hosted = await hostedFamily(join(familiesDirectory, 'fashion-clip'));
  const files = new Map([...hosted.files].filter(([path]) => path !== 'onnx/model.onnx'));
  await server.close();
  server = await startHubServer({ ...hosted, files });
  const stderr =
    'models: someone/tiny-clip cannot be used: onnx/vision_model.onnx is missing (there are weights for: fp16).\n';
  expect(await run('pull', 'someone/tiny-clip')).toEqual({ code: 1, stdout: '', stderr });
  expect(await run('pull', 'someone/tiny-clip', '--variant', 'fp16')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^someone\/tiny-clip \(fp16, a{12}\): clip; 12 values; .* runs; in /),
  });
  expect((await run('list')).stdout).toMatch(/\nsomeone\/tiny-clip .* fp16 .* 12\n$/);
  expect(await run('verify')).toMatchObject({ code: 0, stdout: 'someone/tiny-clip: whole, 5 files\n' });
});

it('explains a failure on the error stream, with exit code 1 and no stack trace', async () => {
  expect(await run('pull', 'someone/else')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^models: .* has no model someone\/else at that revision\.\n$/),
  });
});

it('compares embeddings with a reference that it wrote before, and fails where they are others', async () => {
  await run('pull', 'someone/tiny-clip');
  expect(await run('verify', 'someone/tiny-clip', '--write-reference')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /whole, 5 files\n {2}embeddings of 5 texts and 3 pictures: equal to reference\.json \(least cosine 1\.0000000\)\n$/,
    ),
  });
  const path = join(dir, 'someone/tiny-clip/reference.json');
  const reference = JSON.parse(await readFile(path, 'utf8'));
  reference.texts[0].embedding.reverse();
  await writeFile(path, JSON.stringify(reference));
  expect(await run('verify')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/embeddings of 5 texts and 3 pictures: DIFFERENT FROM reference\.json/),
  });
});
