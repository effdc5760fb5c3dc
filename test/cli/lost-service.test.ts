// The command line when the service goes away, or its user does, in the middle of a job.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';

let server: Server;
let url: string;
let events: ServerResponse | undefined;
let isWatched: Promise<void>;
/** Whether every request is left without an answer. */
let keepsWaiting: boolean;
let patched: string | undefined;

const job = {
  id: 'job_1',
  kind: 'fit',
  status: 'running',
  stage: 'encode',
  progress: { done: 1, total: 9, failed: 0 },
};

beforeEach(async () => {
  let tellWatched: () => void = () => undefined;
  isWatched = new Promise((resolve) => {
    tellWatched = resolve;
  });
  keepsWaiting = false;
  server = createServer((request, response) => {
    if (keepsWaiting) tellWatched();
    else if (request.url?.endsWith('/events')) {
      events = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(job)}\n\n`);
      tellWatched();
    } else if (request.method === 'PATCH') {
      void text(request).then((body) => {
        patched = `${request.url} ${body}`;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(job));
      });
    } else {
      response.writeHead(202, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ job, projection: { id: 'prj_1', name: 'birds', version: 2 } }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const lines = 'job job_1\n  follow it: clip-icm jobs wait job_1\n  cancel it: clip-icm jobs cancel job_1\n';

/** Where the service is may stand before the command. */
const startFit = () => start(['--url', url, '--key', 'k', 'fit', 'birds', '--dataset', 'photos']);

function start(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, CLIP_ICM_URL: url, CLIP_ICM_KEY: 'k', HF_ENDPOINT: url, ...environment };
  const args = ['cli/start.cjs', ...command];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = Promise.all([text(child.stderr), once(child, 'exit')]);
  return { child, ended };
}

// Its clock for silent streams is a minute: a program that waits for it does not end in time for this test.
it('ends with 3 and what to do where the service stops', { timeout: 50_000 }, async () => {
  const { ended } = startFit();
  await isWatched;
  server.close();
  events?.write('data: {"id":"jo');
  server.closeAllConnections();
  const [err, [code]] = await ended;
  expect(code).toBe(3);
  expect(err).toBe(
    `${lines}error: GET /v1/jobs/job_1 did not reach the service. The job goes on where the service left it, once that is back.\n${lines}`,
  );
});

it('leaves the job running at Ctrl-C, makes its version a candidate, and says so', async () => {
  const { child, ended } = startFit();
  await isWatched;
  child.kill('SIGINT');
  const [err, [code]] = await ended;
  expect(code).toBe(130);
  expect(patched).toBe('/v1/jobs/job_1 {"release":"candidate"}');
  expect(err).toBe(
    `${lines}\nThe job goes on.\n${lines}What it makes stays a candidate; make it current with: clip-icm projections promote birds@2\nstopped\n`,
  );
});

const picture = 'samples/emoji/noto/cat/cat.png';

it.each([
  ['fit from a dataset', ['fit', 'birds', '--dataset', 'photos']],
  ['jobs wait', ['jobs', 'wait', 'job_1']],
  ['projections refit', ['projections', 'refit', 'birds', '--lambda', '1']],
  ['projections extend', ['projections', 'extend', 'birds', '--add', 'photos']],
  ['datasets upload', ['datasets', 'upload', 'photos', 'samples/emoji']],
  ['environments add', ['environments', 'add', 'night', picture]],
  ['classify', ['classify', picture, '--labels', 'cat,dog']],
  ['models pull', ['models', 'pull', 'someone/clip']],
  ['usage', ['usage']],
])('%s ends with a word and 130 at Ctrl-C, whatever it waits for', async (_, command) => {
  keepsWaiting = true;
  const { child, ended } = start(command);
  await isWatched;
  child.kill('SIGINT');
  const [err, [code]] = await ended;
  expect(code).toBe(130);
  expect(err).toMatch(/stopped\n$/);
});

it('ends with 3 and what to do where every connection breaks, whatever the command', async () => {
  server.removeAllListeners('request');
  server.on('request', (request) => request.socket.destroy());
  const commands = [
    ['jobs', 'wait', 'job_1'],
    ['jobs', 'list'],
    ['projections', 'refit', 'birds', '--lambda', '1'],
    ['datasets', 'upload', 'photos', 'samples/emoji'],
    ['environments', 'add', 'night', picture],
    ['classify', picture, '--labels', 'cat,dog'],
    ['keys', 'list'],
    ['usage'],
  ];
  const ends = await Promise.all(commands.map((command) => start(command).ended));
  for (const [index, [err, [code]]] of ends.entries()) {
    expect(code, commands[index]?.join(' ')).toBe(3);
    expect(err).toMatch(/(^|\n)error: .*(Is the service running|once that is back)/);
  }
});

it.each([
  ['demo', ['demo'], 'TMPDIR'],
  ['evaluate', ['evaluate', 'samples/emoji'], 'XDG_CACHE_HOME'],
])('%s ends with a word and 130 at Ctrl-C in the middle of its work', async (_, command, place) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-interrupted-'));
  const began = once(watch(directory), 'change');
  const { child, ended } = start(command, { [place]: directory });
  await began;
  child.kill('SIGINT');
  const [err, [code]] = await ended;
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  expect(code).toBe(130);
  expect(err).toBe('\nstopped\n');
});

it('says nothing where its reader has seen enough', async () => {
  const child = spawn('sh', ['-c', `"${process.execPath}" cli/start.cjs --help 2>&1 >&3 | cat >&2`], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  child.stdio[3]?.destroy();
  const [err] = await Promise.all([text(child.stderr as Readable), once(child, 'exit')]);
  expect(err).toBe('');
});
