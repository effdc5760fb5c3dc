// The edge behind a proxy under a path, which leaves it on or takes it off.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Edge, openEdge } from '../../support/edge.ts';

let edge: Edge;
beforeAll(async () => {
  edge = await openEdge({ bindings: { BASE_PATH: '/clip/' } });
});
afterAll(() => edge?.close());

describe('with a path before it, the edge', () => {
  test('answers API, documentation and console, and their assets', async () => {
    expect((await edge.fetch('/clip/healthz')).status).toBe(200);
    expect((await edge.fetch('/clip/v1/keys')).status).toBe(401);
    const root = await edge.fetch('/clip/');
    expect(new URL(root.headers.get('location') ?? '', `${edge.origin}/clip/`).pathname).toBe(
      '/clip/console/',
    );
    for (const page of ['/clip/console/', '/clip/docs']) {
      const html = await (await edge.fetch(page)).text();
      const assets = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css|svg|json))"/g)].map(
        ([, at]) => at ?? '',
      );
      expect(assets.length).toBeGreaterThan(0);
      for (const asset of assets) {
        const { pathname } = new URL(asset, edge.origin + page);
        expect(pathname).toMatch(/^\/clip\//);
        const response = await edge.fetch(pathname);
        await response.body?.cancel();
        expect(response.status).toBe(200);
        const etag = response.headers.get('etag');
        if (etag === null) continue;
        const again = await edge.fetch(pathname, { headers: { 'if-none-match': etag } });
        expect(again.status).toBe(304);
      }
    }
  });

  test('says in its description where its paths begin', async () => {
    const { servers } = await (await edge.fetch('/clip/openapi.json')).json();
    expect(servers).toEqual([expect.objectContaining({ url: '/clip' })]);
  });

  test('sends what lacks the slash to where it has one', async () => {
    for (const path of ['/clip', '/clip/console']) {
      const response = await edge.fetch(path);
      expect([response.status, response.headers.get('location')]).toEqual([307, `${path}/`]);
    }
  });

  test('answers without the path too, and nothing that only begins like it', async () => {
    expect((await edge.fetch('/healthz')).status).toBe(200);
    expect((await edge.fetch('/console/')).status).toBe(200);
    expect((await edge.fetch('/clipper/healthz')).status).toBe(404);
  });
});
