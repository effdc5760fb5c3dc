// The edge and the bare route in one workerd, each behind a socket of its own: neither passes through the workers by which
// miniflare plays the platform's part (infra/local/open-edge.ts). A deployment has none of them.

import type { D1Database } from '@cloudflare/workers-types';
import { build } from 'vite';
import { createClient } from '#client/client.ts';
import { createSecrets } from '../../../infra/local/local-secrets.ts';
import { openEdge } from '../../../infra/local/open-edge.ts';
import { type ArtefactShape, makeArtefact } from './artefact.ts';

export type SideBySide = {
  readonly edgeUrl: string;
  readonly bareUrl: string;
  readonly key: string;
  readonly close: () => Promise<void>;
};

/** The projection is there as `benchmark` and a profile as `place`, for a tenant whose plan is larger than any load made here. */
export async function openSideBySide(shape: ArtefactShape): Promise<SideBySide> {
  const { keyPepper, adminSecret, workerSecret } = createSecrets();
  const edge = await openEdge({
    bindings: { KEY_PEPPER: keyPepper, ADMIN_SECRET: adminSecret, WORKER_SECRET: workerSecret },
    beside: [
      {
        name: 'bare',
        modules: [{ type: 'ESModule', path: 'bare.js', contents: await bundleBareRoute() }],
        compatibilityDate: '2026-07-01',
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
    ],
  });
  const edgeUrl = edge.url;
  const bareUrl = (await edge.miniflare.unsafeGetDirectURL('bare')).origin;
  const operator = createClient({ url: edgeUrl, key: adminSecret });
  const { tenant, key } = await operator.admin.tenants.create({
    name: 'benchmark',
    limits: { requestsPerMinute: 10_000_000, requestsPerDay: 'unlimited' },
  });
  const { bytes } = await makeArtefact(shape);
  await createClient({ url: edgeUrl, key: key.key }).projections.upload('benchmark', bytes);
  await insertProfile(await edge.miniflare.getD1Database('DB'), tenant.id, shape.dimension);
  return { edgeUrl, bareUrl, key: key.key, close: edge.close };
}

/** As the database has it: here is no worker that could say what the model is. */
async function insertProfile(database: D1Database, tenantId: string, dimension: number): Promise<void> {
  const sum = new Float64Array(dimension).fill(0.3);
  await database
    .prepare('INSERT INTO environments VALUES (?, ?, ?, ?, ?, 32, 1, 0, 0, ?, ?, NULL)')
    .bind(tenantId, 'place', 'env_0', 'benchmark', '0'.repeat(64), sum.buffer, new ArrayBuffer(0))
    .run();
}

async function bundleBareRoute(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      ssr: new URL('bare-route.ts', import.meta.url).pathname,
      rollupOptions: { output: { format: 'esm' } },
    },
    ssr: { noExternal: true, target: 'webworker' },
  });
  const output = Array.isArray(built) ? built[0] : built;
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined;
  if (chunk === undefined) throw new Error('the bare route was not bundled');
  return chunk.code;
}
