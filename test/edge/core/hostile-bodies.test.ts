// Bodies made to harm: each is refused, or listed, for what it is, and what is answered does not grow with what was sent.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArchiveResult } from '#shared/contracts/dataset.ts';
import { Problem } from '#shared/contracts/problem.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant, type TestTenant } from '../../support/edge-callers.ts';
import { paxRecord, rawTar, tarEnd } from '../../support/raw-tar.ts';

let edge: Edge;
let tenant: TestTenant;
let picture: Uint8Array;
const logged: string[] = [];

beforeAll(async () => {
  edge = await openEdge({ onLog: (line) => logged.push(line) });
  tenant = await makeTenant(edge, 'hostile', { requestsPerMinute: 1_000_000 });
  picture = await readFile(new URL('../../fixtures/images/small.png', import.meta.url));
});
afterAll(() => edge?.close());

const post = (path: string, contentType: string, body: BodyInit) =>
  edge.fetch(path, { method: 'POST', headers: { ...tenant.headers, 'content-type': contentType }, body });

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return Problem.parse(await response.json());
}

describe('an archive', () => {
  const send = (name: string, tar: BodyInit) =>
    post(`/v1/datasets/${name}/archive`, 'application/x-tar', tar);

  beforeAll(async () => {
    for (const name of ['cut', 'names', 'many']) await tenant.send('POST', '/v1/datasets', { name });
  });

  test('cut short is 400 and says what was taken before', async () => {
    const tar = rawTar(
      { name: 'e/c/one.png', data: picture },
      { name: 'e/c/two.png', data: picture },
      tarEnd,
    );
    const response = await send('cut', tar.slice(0, tar.length - 1024));
    expect(response.status).toBe(400);
    expect((await problemOf(response)).detail).toContain('1 were added and 1 were there already');
  });

  test('has its long names cut, and their control characters shown as none', async () => {
    const long = `e/${'x'.repeat(90_000)}`;
    const length = `path=${long}`.length + 1 + 1 + 5;
    const tar = rawTar(
      { name: 'pax', type: 'x', data: paxRecord(length, `path=${long}`) },
      { name: 'e/c/a.png', data: picture },
      { name: 'e/c/\u001b[2Jb.png', data: picture },
      { name: `e/c/c.png`, data: picture },
      tarEnd,
    );
    const response = await send('names', tar);
    const result = ArchiveResult.parse(await response.json());
    expect(result).toMatchObject({
      added: 1,
      skipped: [{ code: 'invalid-request' }, { code: 'invalid-request' }],
    });
    expect(JSON.stringify(result).length).toBeLessThan(1500);
    expect(result.skipped.map(({ path }) => /\p{Cc}/u.test(path))).toEqual([false, false]);
  });

  test('of very many entries that cannot be taken has the first of them listed and the rest counted', async () => {
    const entries = Array.from({ length: 1234 }, (_, index) => ({ name: `stray-${index}` }));
    const result = ArchiveResult.parse(await (await send('many', rawTar(...entries, tarEnd))).json());
    expect(result.skipped).toHaveLength(1000);
    expect(result.notListed).toBe(234);
  });
});
