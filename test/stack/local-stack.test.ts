// `npm start` as a developer meets it: what it prints works when pasted, what it kept is there again, and nothing of it
// is left behind however it ends.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalStack } from '../../infra/local/open-local-stack.ts';

/** `said`: all of stderr, once it has ended. */
type Started = { readonly process: ChildProcess; readonly banner: string; readonly said: Promise<string> };

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-test-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** `detached`: as a terminal starts it, with a group of processes of its own. */
async function start({ detached = false } = {}): Promise<Started> {
  const args = ['cli/bin.ts', 'serve', '--port', '0', '--data-dir', directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached });
  const said = text(child.stderr);
  let banner = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    banner += chunk;
    if (banner.includes('Ctrl-C')) return { process: child, banner, said };
  }
  throw new Error(`npm start ended before it was ready: ${banner}${await said}`);
}

function row(banner: string, name: string): string {
  return new RegExp(`^ +${name} +(\\S+)$`, 'm').exec(banner)?.[1] ?? '';
}

async function isAnswering(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

describe('npm start', () => {
  it('prints a line that works when pasted, ends on SIGTERM, and keeps its key', async () => {
    const first = await start();
    const curl = first.banner.split('\n').find((line) => line.startsWith('curl')) ?? '';
    const paste = async () => JSON.parse((await promisify(execFile)('sh', ['-c', curl])).stdout);
    expect((await paste()).results[0]).toMatchObject({ label: 'cat', embedding: 'worker' });
    expect((await paste()).results[0]).toMatchObject({ label: 'cat', embedding: 'memory' });
    const { mode } = await stat(path.join(directory, 'secrets.json'));
    expect(mode & 0o777).toBe(0o600);

    first.process.kill('SIGTERM');
    expect(await once(first.process, 'exit')).toEqual([0, null]);
    expect(await isAnswering(`${row(first.banner, 'workers')}/healthz`)).toBe(false);

    const second = await start();
    expect(row(second.banner, 'key')).toBe(row(first.banner, 'key'));
    second.process.kill('SIGKILL');
    await once(second.process, 'exit');
    const gone = async () =>
      (await isAnswering(`${row(second.banner, 'workers')}/healthz`)) ||
      (await isAnswering(`${row(second.banner, 'address')}/healthz`));
    await expect.poll(gone).toBe(false);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends in order where all of its group get a %s',
    async (signal) => {
      const { process: started, banner, said } = await start({ detached: true });
      if (started.pid === undefined) throw new Error('no process');
      const exited = once(started, 'exit');
      process.kill(-started.pid, signal);
      expect(await exited).toEqual([0, null]);
      expect((await said).split('\n').filter(Boolean)).toEqual([
        'Starting the edge and the GPU worker ...',
        'Stopping ...',
      ]);
      expect(await isAnswering(`${row(banner, 'workers')}/healthz`)).toBe(false);
    },
  );

  it('ends in order where it is told twice of one end, as by a group and by who passes signals on', async () => {
    const { process: started } = await start();
    const exited = once(started, 'exit');
    started.kill('SIGTERM');
    started.kill('SIGHUP');
    expect(await exited).toEqual([0, null]);
    expect(await readdir(directory)).not.toContain('lock');
  });

  it('ends in order where it is told to before it has a key', async () => {
    const own = await mkdtemp(path.join(tmpdir(), 'clip-icm-test-'));
    const keyFile = path.join(own, 'development-key.json');
    await promisify(execFile)('mkfifo', [keyFile]);
    const args = ['cli/bin.ts', 'serve', '--port', '0', '--data-dir', own];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = once(child, 'exit');
    // Opens once the key is being read, and keeps whoever reads it waiting.
    const gate = await open(keyFile, 'w');
    child.kill('SIGTERM');
    let said = '';
    for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (said.includes('Stopping')) break;
    }
    await gate.close();
    expect(await exited).toEqual([0, null]);
    await rm(own, { recursive: true });
  });

  it('ends in order where its terminal is closed, where its last word reaches nobody', async () => {
    const { process: started, said } = await start();
    started.stderr?.destroy();
    await expect(said).rejects.toThrow();
    started.kill('SIGHUP');
    expect(await once(started, 'exit')).toEqual([0, null]);
    expect(await readdir(directory)).not.toContain('lock');
  });

  it('ends with 1 and says so where its edge is killed', async () => {
    const { process: started, said } = await start();
    const children = await readFile(`/proc/${started.pid}/task/${started.pid}/children`, 'utf8');
    const names = children
      .trim()
      .split(' ')
      .map(async (pid) => ({
        pid: Number(pid),
        name: (await readFile(`/proc/${pid}/comm`, 'utf8')).trim(),
      }));
    const edge = (await Promise.all(names)).find(({ name }) => name === 'workerd');
    if (edge === undefined) throw new Error('no edge among the children');
    const exited = once(started, 'exit');
    process.kill(edge.pid, 'SIGKILL');
    expect(await exited).toEqual([1, null]);
    expect(await said).toContain('The edge has ended by itself');
  });
});

describe('a local stack', () => {
  it('says so where its port is taken, and leaves nothing running', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(openLocalStack({ port })).rejects.toMatchObject({ code: 'ERR_ADDRESS_IN_USE' });
    holder.close();
  });

  it('refuses a state directory that another one holds, and tells of a worker that died', async () => {
    const held = path.join(directory, 'held');
    const restarts: string[] = [];
    const stack = await openLocalStack({
      stateDirectory: held,
      onWorkerRestart: (cause) => restarts.push(cause),
    });
    await expect(openLocalStack({ stateDirectory: held })).rejects.toThrow(/is in use by process/);
    const pid = stack.workers[0]?.pid();
    if (pid === undefined) throw new Error('no worker');
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => restarts).toEqual(['SIGKILL']);
    await stack.close();
    expect(restarts).toHaveLength(1);
  });

  it('says what the worker said where that cannot start', async () => {
    const opening = openLocalStack({ modelsDirectory: path.join(directory, 'no-models') });
    await expect(opening).rejects.toThrow(/GPU worker did not become ready/);
  });
});
