// Callers who are answered before they have sent all: the answer reaches them, and so does the next one on the same connection.

import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Hono } from 'hono';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WorkerEnv } from '../../../gpu-worker/http/context.ts';
import { openServer } from '../../../gpu-worker/http/open-server.ts';
import { readOn } from '../../../gpu-worker/middleware/read-on.ts';

const bodyBytes = 256 * 1024;
const head = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nhost: worker\r\ncontent-length: ${length}\r\n\r\n`;

const app = new Hono<WorkerEnv>()
  .use(readOn())
  .post('/refused', async ({ env }) => {
    // As a signed body is read: the first frame, and then neither more nor the end of it.
    await env.incoming?.iterator({ destroyOnReturn: false }).next();
    return new Response('refused', { status: 429 });
  })
  .post('/unread', () => new Response('unread', { status: 503 }))
  .post('/taken', async ({ req }) => new Response(`taken ${await req.text()}`));

const server = openServer(app, 60_000);
let socket: Socket;
let answered: string;

beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  answered = '';
  socket.on('data', (chunk) => {
    answered += chunk;
  });
});

afterEach(async () => {
  vi.useRealTimers();
  socket.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test.each(['refused', 'unread'])('who is %s early may take long to send the rest', async (path) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  socket.write(head(`/${path}`, bodyBytes));
  socket.write(new Uint8Array(1024));
  await expect.poll(() => answered).toContain(path);
  await vi.advanceTimersByTimeAsync(10_000);
  socket.write(new Uint8Array(bodyBytes - 1024));
  socket.write(`${head('/taken', 5)}hello`);
  await expect.poll(() => answered).toContain('taken hello');
  expect(socket.destroyed).toBe(false);
});
