// An endpoint of a tenant's on this machine, which answers as it is told to.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

export type Received = { readonly headers: IncomingHttpHeaders; readonly body: string };

export type WebhookReceiver = {
  readonly url: string;
  /** Requests so far, in order. */
  readonly received: Received[];
  /** What the next requests get, in order; then 204. */
  readonly next: ((response: ServerResponse) => void)[];
  close(): Promise<void>;
};

export async function openWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const next: WebhookReceiver['next'] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    received.push({ headers: request.headers, body });
    const answer = next.shift() ?? ((free) => void free.writeHead(204).end());
    answer(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    next,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
