// A web site of an attacker's, on an address that the workers are told they may fetch from.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const siteNetwork = '127.0.0.1/32';
const bigBytes = 20 * 2 ** 20;
const jpegBeginning = [0xff, 0xd8, 0xff, 0xe0];

export async function openHostileSite(): Promise<{ readonly url: string; readonly close: () => void }> {
  const text = Buffer.alloc(bigBytes, 'x');
  const picture = Buffer.from(text);
  picture.set(jpegBeginning);
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path.startsWith('/hang')) return;
    if (path.startsWith('/text')) return void response.end(text);
    if (path.startsWith('/picture')) return void response.end(picture);
    if (path.startsWith('/circle')) return void response.writeHead(302, { location: path }).end();
    response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
