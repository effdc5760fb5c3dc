// Bodies made to harm: each is refused, or listed, for what it is, and what is answered does not grow with what was sent.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArchiveResult } from '#shared/contracts/dataset.ts';
import { Problem } from '#shared/contracts/problem.ts';
import { sha256 } from '#shared/digest.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant, type TestTenant } from '../../support/edge-callers.ts';
import { paxRecord, rawTar, tarEnd } from '../../support/raw-tar.ts';
import { smallArtefact, smallDimension } from '../../support/small-artefact.ts';

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

describe('JSON', () => {
  const json = (path: string, body: BodyInit) => post(path, 'application/json', body);
  const keys = (body: BodyInit) => json('/v1/keys', body);

  test('nested deeper than any contract is refused before it is parsed', async () => {
    const deep = `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const problem = await problemOf(await keys(deep));
    expect(problem).toMatchObject({
      status: 422,
      code: 'invalid-request',
      detail: expect.stringContaining('deeper'),
    });
  });

  test('of very many unknown keys, elements or arrays is refused in a few words', async () => {
    const manyKeys = `{${Array.from({ length: 40_000 }, (_, i) => `"k${i}":1`).join(',')}}`;
    const manyElements = `{"name":"a","scopes":[${'1,'.repeat(150_000)}1]}`;
    const manyArrays = `{"inputs":[${'[[[]]],'.repeat(140_000)}[]]}`;
    for (const [path, body] of [
      ['/v1/keys', manyKeys],
      ['/v1/keys', manyElements],
      ['/v1/classifications', manyArrays],
    ] as const) {
      const response = await json(path, body);
      const text = await response.text();
      expect(response.status, text.slice(0, 300)).toBe(422);
      expect(text.length).toBeLessThan(2000);
    }
  });

  test('with too many elements for its field is 422 with the field and its limit', async () => {
    const scopes = Array.from({ length: 9_999 }, () => 'no such scope');
    const problem = await problemOf(await keys(JSON.stringify({ name: 'a', scopes })));
    expect(problem.errors).toEqual([{ pointer: '/scopes', message: 'has more than 7 elements' }]);
  });

  test('of thousands of faulty elements is 422 with the first of the faults', async () => {
    await tenant.send('POST', '/v1/datasets', { name: 'listed' });
    const items = Array.from({ length: 9_000 }, (_, index) =>
      index < 300 ? { url: 'https://pictures.example/a.png' } : { url: index, other: index },
    );
    const problem = await problemOf(await json('/v1/datasets/listed/imports', JSON.stringify({ items })));
    expect(problem.status).toBe(422);
    expect(problem.errors).toHaveLength(20);
    expect(problem.errors?.[0]?.pointer).toBe('/items/300/url');
  });

  test('quotes no more than a little of what was sent', async () => {
    const response = await keys(JSON.stringify({ name: 'a', ['k'.repeat(500_000)]: 1, ...{ x: 1 } }));
    expect(response.status).toBe(422);
    expect((await response.text()).length).toBeLessThan(2000);
  });

  test('of more than 3 MiB beside its pictures is 413, with pictures it may have 16 MiB', async () => {
    const blank = `{"inputs":[{"image":"AAAA"}]${' '.repeat(4 * 1024 * 1024)}}`;
    expect((await problemOf(await json('/v1/classifications', blank))).code).toBe('payload-too-large');
    const escaped = `{"inputs":[{"image":"${'\\"'.repeat(2 * 1024 * 1024)}"}]}`;
    expect((await problemOf(await json('/v1/classifications', escaped))).code).toBe('payload-too-large');
    const image = Buffer.from(new Uint8Array(9 * 1024 * 1024)).toString('base64');
    const answered = await json(
      '/v1/classifications',
      JSON.stringify({ labels: ['a'], inputs: [{ image }] }),
    );
    // Understood, and no worker is attached here.
    expect((await problemOf(answered)).code).toBe('worker-unavailable');
    const larger = JSON.stringify({ labels: ['a'], inputs: [{ image: image + image }] });
    expect((await json('/v1/classifications', larger)).status).toBe(413);
  });
});

describe('a form', () => {
  const boundary = 'xyz';
  const contentType = `multipart/form-data; boundary=${boundary}`;
  const part = (name: string, body: string, filename?: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n${body}\r\n`;
  const send = (body: string) => post('/v1/classifications?labels=a', contentType, body);

  test('of very many parts is refused at the first too many', async () => {
    const problem = await problemOf(await send(`${part('a', '').repeat(100_000)}--${boundary}--`));
    expect(problem).toMatchObject({ status: 422, detail: expect.stringContaining('at most') });
  });

  test('is read as browsers write it', async () => {
    const form = new FormData();
    form.append('topK', '1');
    form.append('image', new File(['no picture'], 'a "quoted" näme.png'));
    const response = await edge.fetch('/v1/classifications?labels=a', {
      method: 'POST',
      headers: tenant.headers,
      body: form,
    });
    // Understood, and no worker is attached here.
    expect((await problemOf(response)).code).toBe('worker-unavailable');
  });

  test('that is none, or has no end, is 400', async () => {
    for (const body of [
      '',
      '--xyz',
      `${part('image', 'x', 'a')}`,
      `--xyz\r\nno header\r\n--xyz--`,
      'x'.repeat(9999),
    ]) {
      expect((await problemOf(await send(body))).code).toBe('malformed-request');
    }
  });
});

test('a query of very many names is refused by its length', async () => {
  const query = Array.from({ length: 20_000 }, (_, index) => `a${index}=`).join('&');
  const response = await tenant.send('GET', `/v1/keys?${query}`);
  expect([414, 422, 431]).toContain(response.status);
  await response.body?.cancel();
});

describe('an artefact', () => {
  const send = async (artefact: Promise<Uint8Array<ArrayBuffer>>) =>
    post('/v1/projections/artefacts?name=strange', 'application/octet-stream', await artefact);
  const faults: Readonly<Record<string, Parameters<typeof smallArtefact>>> = {
    'with a logit scale beyond reason': [undefined, { logitScale: 1e308 }],
    'with a temperature of next to nothing': [undefined, { temperature: 1e-320 }],
    'with numbers that overflow': [undefined, { projection: new Float32Array(15).fill(3e38) }],
    'of 200,000 labels': [Array.from({ length: 200_000 }, (_, index) => `${index}`)],
  };

  test.each(Object.entries(faults))('%s is refused', async (_name, given) => {
    expect((await problemOf(await send(smallArtefact(...given)))).code).toBe('invalid-artefact');
  });

  test('whose header nests without end is refused', async () => {
    const header = `{"format":"icm/1","x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`;
    const bytes = new Uint8Array(12 + Math.ceil((12 + header.length) / 8) * 8 - 12 + 32);
    bytes.set(new TextEncoder().encode('ICMP'));
    new DataView(bytes.buffer).setUint32(4, 1, true);
    new DataView(bytes.buffer).setUint32(8, header.length, true);
    bytes.set(new TextEncoder().encode(header), 12);
    bytes.set(await sha256(bytes.subarray(0, bytes.length - 32)), bytes.length - 32);
    expect((await problemOf(await send(Promise.resolve(bytes)))).code).toBe('invalid-artefact');
  });

  test('of another dimension than the model has is refused', async () => {
    const database = await edge.miniflare.getD1Database('DB');
    await database
      .prepare(
        'INSERT INTO models (name, revision, embedding_dimension, logit_scale, seen_at) VALUES (?, ?, ?, ?, ?)',
      )
      .bind('nano-clip', 'c'.repeat(64), smallDimension + 1, 100, 0)
      .run();
    const problem = await problemOf(await send(smallArtefact()));
    expect(problem).toMatchObject({ code: 'invalid-artefact', detail: expect.stringContaining('5 numbers') });
    await database.prepare('DELETE FROM models').run();
  });
});

test('nothing of it was taken for a bug of ours', () => {
  expect(logged.filter((line) => line.includes('"bug"'))).toEqual([]);
});
