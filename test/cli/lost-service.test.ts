// The command line when the service goes away, or its user does, in the middle of a job.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';

let server: Server;
let url: string;
let events: ServerResponse | undefined;
let isWatched: Promise<void>;

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
  server = createServer((request, response) => {
    if (request.url?.endsWith('/events')) {
      events = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(job)}\n\n`);
      tellWatched();
    } else {
      response.writeHead(202, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ job, projection: { id: 'prj_1', version: 1 } }));
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

function startFit() {
  const args = ['cli/start.cjs', '--url', url, '--key', 'k', 'fit', 'birds', '--dataset', 'photos'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = Promise.all([text(child.stderr), once(child, 'exit')]);
  return { child, ended };
}

// Its clock for silent streams is a minute: a program that waits for it does not end in time for this test.
it('ends with 3 and what to do where the service stops', { timeout: 20_000 }, async () => {
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

it('ends with a word and the two lines at Ctrl-C', async () => {
  const { child, ended } = startFit();
  await isWatched;
  child.kill('SIGINT');
  const [err, [code]] = await ended;
  expect(code).toBe(130);
  expect(err).toBe(`${lines}\nThe job goes on.\n${lines}stopped\n`);
});
