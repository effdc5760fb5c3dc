// A web site with a few pictures on this machine, for what fetches by address: good ones, a redirect, and ways out to where
// nothing should be fetched from.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { samplePicture } from './pictures.ts';

/** What a worker must be told so that it fetches from the site: 127.0.0.1 and nothing else of this machine. */
export const siteNetwork = '127.0.0.1/32';

export type PictureSite = {
  /** `/noto/cat.png`, `/moved/noto/cat.png`, `/escape` (to 127.0.0.2), `/text`, and what else it was given; anything else is 404. */
  readonly url: (path: string) => string;
  close(): Promise<void>;
};

export async function openPictureSite(more: Readonly<Record<string, Uint8Array>> = {}): Promise<PictureSite> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (more[path] !== undefined) return response.end(more[path]);
    const [, style = '', concept = ''] = /^\/([\w-]+)\/(\w+)\.png$/.exec(path) ?? [];
    if (concept !== '') return response.end(samplePicture(style, concept));
    if (path === '/text') return response.end('no picture');
    const location = path === '/escape' ? 'http://127.0.0.2/' : path.slice('/moved'.length);
    if (path !== '/escape' && !path.startsWith('/moved/')) return response.writeHead(404).end();
    return response.writeHead(302, { location }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
