// The command line as it is published, and as it starts in a checkout: on every Node of this machine.

import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelList } from '#shared/contracts/model.ts';
import { buildPackages } from '../../infra/packages/build.ts';
import { familiesDirectory } from '../gpu-worker/families/golden.ts';
import { type EmptyProject, installInto } from './support/empty-project.ts';
import { findNodes } from './support/machine-node.ts';
import { runProgram, serveProgram } from './support/run-program.ts';

const nodes = findNodes();
const natives = ['miniflare', 'onnxruntime-node', 'sharp'];
const picture = path.resolve('samples/emoji/noto/cat/cat.png');

let packed: string;
let project: EmptyProject;
let program: string;

beforeAll(async () => {
  packed = await mkdtemp(path.join(tmpdir(), 'clip-icm-packed-'));
  const { 'clip-icm': tarball = '' } = await buildPackages(path.join(packed, 'packages'), ['clip-icm']);
  project = await installInto([tarball]);
  program = path.join(project.directory, 'node_modules/.bin/clip-icm');
});

afterAll(async () => {
  await project?.remove();
  await rm(packed, { recursive: true, force: true });
});

/** Every file below with its time of change. */
async function listing(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return `${path.relative(directory, file)} ${entry.isFile() ? (await stat(file)).mtimeMs : ''}`;
  });
  return (await Promise.all(lines)).sort();
}

describe.each(nodes)('on Node $major, the packed command line', ({ file: node, major }) => {
  const run = (...args: string[]) => runProgram(node, [program, ...args], { cwd: project.directory });

  it('says what it is and how it is used', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('classify');
    expect(await run('models', 'list')).toMatchObject({ code: 0, err: '' });
  });

  it('talks to services, and says in a line where there is none', async () => {
    const nowhere = await run('jobs', 'list', '--url', 'http://127.0.0.1:1', '--key', 'k');
    expect(nowhere).toMatchObject({ code: 3, out: '' });
    expect(nowhere.err).toMatch(/^error: .*\n$/);
  });

  it.each(['demo', 'serve', 'evaluate'])('says in a line what %s lacks', async (command) => {
    const refused = await run(command);
    expect(refused).toMatchObject({ code: 1, out: '' });
    const expected =
      major < 24
        ? `error: clip-icm ${command} needs Node 24 or later; this is v${major}.`
        : 'error: this needs (miniflare|onnxruntime-node|sharp), which is not installed.';
    expect(refused.err).toMatch(new RegExp(`^${expected}.*\n$`));
  });
});

describe.each(nodes)('on Node $major, a checkout', ({ file: node }) => {
  it.each(['cli/bin.ts', 'cli/start.cjs'])('starts by node %s', async (file) => {
    expect(await runProgram(node, [file, '--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' });
    expect(await runProgram(node, [file, 'jobs', 'lst'])).toMatchObject({ code: 2, out: '' });
  });

  it('is started by npx', async () => {
    const env = {
      ...process.env,
      npm_config_cache: path.join(packed, 'npm-cache'),
      npm_config_offline: 'true',
    };
    const npx = await runProgram('npx', ['clip-icm', '--version'], { env });
    expect(npx).toMatchObject({ code: 0, out: '0.1.0\n' });
  });
});

it('serves from the package and pulls models, without writing into it, and is asked by it', async () => {
  const installed = path.join(project.directory, 'node_modules/clip-icm');
  // The native parts are not in the offline cache: the checkout's stand for them.
  for (const name of natives) {
    await symlink(path.resolve('node_modules', name), path.join(project.directory, 'node_modules', name));
  }
  const before = await listing(installed);
  const data = path.join(packed, 'data');
  const options = { cwd: project.directory, env: { ...process.env, XDG_DATA_HOME: data } };
  const pull = ['models', 'pull', 'someone/fashion', '--from', path.join(familiesDirectory, 'fashion-clip')];
  for (const { file: node, major } of nodes) {
    const pulled = await runProgram(node, [program, ...pull], options);
    expect(pulled).toMatchObject({ code: 0, err: '' });
    expect(pulled.out).toContain(path.join(data, 'clip-icm/models/someone/fashion'));
    const env = { ...options.env, HF_ENDPOINT: 'http://hub.test', HTTP_PROXY: 'http://127.0.0.1:1' };
    const proxied = await runProgram(node, [program, 'models', 'pull', 'a/b'], { ...options, env });
    const reason = major >= 22 ? 'ECONNREFUSED' : 'a proxy needs Node 22.19 or later';
    expect(proxied).toMatchObject({ code: 1, err: expect.stringContaining(reason) });
  }
  const served = await serveProgram(
    process.execPath,
    [program, 'serve', '--ephemeral', '--port', '0'],
    options,
  );
  try {
    for (const { file: node } of nodes) {
      const connection = ['--url', served.url, '--key', served.key];
      const answered = await runProgram(
        node,
        [program, 'classify', picture, '--labels', 'cat,pizza', ...connection, '--json'],
        options,
      );
      expect(answered).toMatchObject({ code: 0, err: '' });
      expect(JSON.parse(answered.out).results[0]).toMatchObject({ label: 'cat' });
    }
    expect((await fetch(`${served.url}/console/`)).status).toBe(200);
    const headers = { authorization: `Bearer ${served.key}` };
    const models = ModelList.parse(await (await fetch(`${served.url}/v1/models`, { headers })).json());
    expect(models.data.map(({ id }) => id)).toEqual(['nano-clip', 'someone/fashion']);
  } finally {
    expect(await served.stop()).toMatchObject({ code: 0 });
  }
  expect(await listing(installed)).toEqual(before);
});

/** Of everything below, links left alone. */
async function changeMode(mode: string, folder: string): Promise<void> {
  await promisify(execFile)('chmod', ['-R', mode, folder]);
}

it('serves from a checkout that cannot be written', async () => {
  const checkout = path.join(packed, 'checkout');
  const home = path.join(packed, 'home');
  await mkdir(home, { mode: 0o777 });
  await chmod(home, 0o777);
  await chmod(packed, 0o755);
  const parts = ['cli', 'client', 'console', 'edge', 'gpu-worker', 'infra', 'samples', 'shared'];
  const files = [
    'docs/glossary.md',
    'package.json',
    'package-lock.json',
    'tsconfig.base.json',
    'wrangler.toml',
  ];
  for (const name of [...parts, ...files]) await cp(name, path.join(checkout, name), { recursive: true });
  await symlink(path.resolve('node_modules'), path.join(checkout, 'node_modules'));
  await changeMode('a-w', checkout);
  const before = await listing(checkout);
  // Root may write anywhere but for this; another user might not even reach the Node of a private checkout.
  const powerless = ['--bounding-set=-dac_override,-dac_read_search', process.execPath];
  const isRoot = process.getuid?.() === 0;
  const first = isRoot ? powerless : [];
  const command = isRoot ? 'setpriv' : process.execPath;
  const env = { PATH: process.env.PATH, HOME: home };
  const args = [...first, 'cli/start.cjs', 'serve', '--ephemeral', '--port', '0'];
  const served = await serveProgram(command, args, { cwd: checkout, env });
  const console = await fetch(`${served.url}/console/`);
  expect(await served.stop()).toMatchObject({ code: 0 });
  expect(console.status).toBe(200);
  await changeMode('u+w', checkout);
  expect(await listing(checkout)).toEqual(before);
});
