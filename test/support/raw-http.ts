// HTTP by hand over a socket: for what no client would send.

import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** Sends bytes as they are, and gives all that comes back until the other side closes. */
export async function sendRaw(origin: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(bytes);
  const timer = setTimeout(() => socket.destroy(), 30_000);
  const answer = await text(socket).catch(() => '');
  clearTimeout(timer);
  return answer;
}

/** Sends bytes and leaves without waiting for anything. */
export async function sendAndLeave(origin: string, bytes: string | Uint8Array): Promise<void> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(bytes);
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.resetAndDestroy();
}

/** A request's head, ended; `connection: close` so that the answer ends with the connection. */
export function requestHead(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/**
 * Sends a body whose last chunk, the one that says it is over, comes late, and then asks for `next` on the same connection: the
 * two answers' first lines.
 */
export async function askTwice(
  origin: string,
  { head, body, next }: { readonly head: string; readonly body: Uint8Array; readonly next: string },
): Promise<readonly string[]> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const over = new Promise<void>((resolve) => socket.once('close', resolve).on('error', () => undefined));
  let received = '';
  const answer = async () => {
    const isThere = () => lengthOfAnswer(received) !== undefined;
    while (!isThere() && !socket.destroyed) await Promise.race([once(socket, 'data'), over]);
    const line = received.split('\r\n')[0] ?? '';
    received = received.slice(lengthOfAnswer(received) ?? received.length);
    return line;
  };
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
  });
  socket.setTimeout(30_000, () => socket.destroy());
  socket.write(`${head}${body.length.toString(16)}\r\n`);
  socket.write(body);
  socket.write('\r\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.write('0\r\n\r\n');
  const first = await answer();
  // A connection that is about to be closed has its time.
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.write(next);
  const second = await answer();
  socket.destroy();
  return [first, second];
}

/** Of the answer that a text begins with, once all of it is there: a busy machine sends it in pieces. */
function lengthOfAnswer(text: string): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n') + 4;
  if (headEnd < 4) return undefined;
  const head = text.slice(0, headEnd);
  if (/^HTTP\/1\.1 [23]04 /.test(head)) return headEnd;
  const stated = /^content-length: (\d+)\r$/im.exec(head)?.[1];
  if (stated !== undefined)
    return text.length < headEnd + Number(stated) ? undefined : headEnd + Number(stated);
  // Else it is in chunks; JSON holds no bare line ends.
  const end = text.indexOf('0\r\n\r\n', headEnd);
  return end < 0 ? undefined : end + 5;
}
