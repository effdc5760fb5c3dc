// Replacing the pepper as docs/operations.md tells to, on one database: no key in use is refused at any step.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyCreated } from '#shared/contracts/tenant.ts';
import { type Edge, openEdge, testSecrets } from '../../support/edge.ts';
import { bearer, makeTenant } from '../../support/edge-callers.ts';

const old = testSecrets.KEY_PEPPER;
const next = 'the-pepper-after-it-0123456789abcdef01';

let stateDirectory: string;

beforeAll(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'clip-icm-pepper-'));
});
afterAll(() => rm(stateDirectory, { recursive: true, force: true }));

async function withPeppers<T>(peppers: readonly string[], work: (edge: Edge) => Promise<T>): Promise<T> {
  const edge = await openEdge({ stateDirectory, bindings: { KEY_PEPPER: peppers.join(',') } });
  try {
    return await work(edge);
  } finally {
    await edge.close();
  }
}

/** How many keys are under each pepper: what the operator looks at before dropping the old one. */
async function countByPepper(edge: Edge): Promise<number[]> {
  const database = await edge.miniflare.getD1Database('DB');
  const { results } = await database
    .prepare('SELECT COUNT(*) AS n FROM keys GROUP BY pepper ORDER BY n')
    .all<{ n: number }>();
  return results.map(({ n }) => n);
}

const statusOf = async (edge: Edge, key: string) =>
  (await edge.fetch('/v1/keys', { headers: bearer(key) })).status;

const make = (edge: Edge, key: string, name: string) =>
  edge.fetch('/v1/keys', {
    method: 'POST',
    headers: { ...bearer(key), 'content-type': 'application/json', 'idempotency-key': name },
    body: JSON.stringify({ name }),
  });

test('a pepper is replaced under keys in use, whose holders do not notice', async () => {
  const { used, unused, answer } = await withPeppers([old], async (edge) => {
    const tenant = await makeTenant(edge, 'peppered');
    const made = await make(edge, tenant.key, 'before');
    const answer = await made.text();
    return { used: tenant.key, unused: KeyCreated.parse(JSON.parse(answer)).key, answer };
  });

  const fresh = await withPeppers([next, old], async (edge) => {
    expect(await statusOf(edge, used)).toBe(200);
    expect(await countByPepper(edge)).toEqual([1, 1]);
    const replayed = await make(edge, used, 'before');
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect(await replayed.text()).toBe(answer);
    return KeyCreated.parse(await (await make(edge, used, 'after')).json()).key;
  });

  await withPeppers([old, next], async (edge) => {
    expect(await statusOf(edge, fresh), 'to an isolate of the version before').toBe(200);
  });

  await withPeppers([next], async (edge) => {
    expect(await statusOf(edge, used)).toBe(200);
    expect(await statusOf(edge, unused), 'never used while both peppers were there').toBe(401);
    const lost = await make(edge, used, 'before');
    expect({ status: lost.status, code: (await lost.json()).code }).toEqual({
      status: 409,
      code: 'conflict',
    });
  });
});
