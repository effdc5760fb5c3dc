// A server that takes every connection and whatever is sent on it, and never says a word: a process that hangs, as the kernel shows
// it to others.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export type HungServer = {
  readonly origin: string;
  /** Paths of what it was asked, in order. */
  readonly asked: readonly string[];
  /** Resolves with the next that it is asked. */
  next(): Promise<void>;
  close(): Promise<void>;
};

export async function openHungServer(): Promise<HungServer> {
  const sockets: Socket[] = [];
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    // Whoever gives up resets the connection.
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const path = /^(?:GET|POST) (\S+) HTTP/.exec(bytes.toString('latin1'))?.[1];
      if (path === undefined) return;
      asked.push(path);
      waiting.shift()?.();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
