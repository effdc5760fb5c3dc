// Stands between the edge and a worker and spoils the worker's answers as it is told, for failures that a real worker cannot
// be brought to on demand. What it is told nothing about passes through unchanged, and so do probes.

import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  /** 200 and a body that is nothing. */
  | 'garbage'
  /** The worker's answer with one byte changed. */
  | 'damaged'
  /** The worker's answer, ending early with its connection. */
  | 'cut'
  /** 500 without a problem document. */
  | 'broken'
  /** 429 as of a worker whose queue is full. */
  | 'full'
  /** No answer for as long as the caller waits. */
  | 'silent';

export type FaultyProxy = {
  readonly url: string;
  /** Where to; before this, it refuses. */
  aim(workerUrl: string): void;
  /** What the next calls of this path get, in order. */
  spoil(path: string, ...faults: readonly Fault[]): void;
  /** Faults that nobody has met yet. */
  left(): number;
  close(): Promise<void>;
};

export async function openFaultyProxy(): Promise<FaultyProxy> {
  const faults = new Map<string, Fault[]>();
  let target = '';
  const server = createServer((incoming, response) => {
    const fault = faults.get(incoming.url ?? '')?.shift();
    if (fault === 'silent') return;
    if (fault === 'full' || fault === 'broken') refuse(incoming, response, fault);
    else pass(target, incoming, response, fault);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    aim: (workerUrl) => {
      target = workerUrl;
    },
    spoil: (path, ...more) => void faults.set(path, [...(faults.get(path) ?? []), ...more]),
    left: () => [...faults.values()].reduce((sum, { length }) => sum + length, 0),
    close: () => close(server),
  };
}

/** After the whole request: a caller that is still sending would see a reset instead of the answer. */
function refuse(incoming: IncomingMessage, response: ServerResponse, fault: 'full' | 'broken'): void {
  incoming.resume().once('end', () => {
    if (fault === 'full') response.writeHead(429, { 'retry-after': '1' }).end();
    else response.writeHead(500).end('<h1>Internal Server Error</h1>');
  });
}

function pass(
  target: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): void {
  const { method, headers, url = '' } = incoming;
  const outgoing = send(target + url, { method, headers }, async (answer) => {
    const bytes = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>));
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault === undefined) response.end(bytes);
    else if (fault === 'cut')
      response.write(bytes.subarray(0, bytes.byteLength / 2), () => response.destroy());
    else response.end(fault === 'garbage' ? Buffer.alloc(bytes.byteLength, 'x') : withOneByteChanged(bytes));
  });
  outgoing.on('error', () => response.destroy());
  incoming.on('error', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

/** In the middle: past the header, where only a checksum can tell. */
function withOneByteChanged(bytes: Buffer): Buffer {
  const at = Math.floor(bytes.byteLength / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
