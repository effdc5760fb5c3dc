// What a caller can get wrong, against the real stack: the right status, a problem document, and no harm done.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Problem } from '#shared/contracts/problem.ts';
import { blackPicture, samplePicture } from '../support/pictures.ts';
import { openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const path = '/v1/classifications?labels=cat&labels=dog';
const png = { 'content-type': 'image/png' };

let stack: TestStack;
let tenant: StackTenant;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('careless');
});

afterAll(async () => {
  await stack?.close();
});

async function expectProblem(response: Response, status: number, code: string): Promise<Problem> {
  const problem = Problem.parse(await response.json());
  expect({ status: response.status, code: problem.code }).toEqual({ status, code });
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(problem).toMatchObject({ status, requestId: response.headers.get('x-request-id') });
  return problem;
}

function send(body: BodyInit, headers: Record<string, string> = png): Promise<Response> {
  return tenant.fetch(path, { method: 'POST', headers, body });
}

describe('a caller', () => {
  it('without a key is unknown', async () => {
    const body = samplePicture('noto', 'cat');
    const response = await fetch(`${stack.url}${path}`, { method: 'POST', headers: png, body });
    await expectProblem(response, 401, 'unauthenticated');
  });

  it('without the scope is refused', async () => {
    const client = await tenant.clientWith({ scopes: ['datasets'] });
    const classifying = client.classifications.picture(samplePicture('noto', 'cat'), { labels: ['cat'] });
    await expect(classifying).rejects.toMatchObject({ status: 403, code: 'missing-scope' });
  });
});

describe('a picture', () => {
  it('of 40 MB is too large, said or unsaid', async () => {
    const body = new Uint8Array(40_000_000);
    body.set(samplePicture('noto', 'cat'));
    await expectProblem(await send(body), 413, 'payload-too-large');
    const unsaid = new Blob([body]).stream();
    const streamed = tenant.fetch(path, {
      method: 'POST',
      headers: png,
      body: unsaid,
      duplex: 'half',
    } as RequestInit);
    await expectProblem(await streamed, 413, 'payload-too-large');
  });

  it('that is a text file cannot be read', async () => {
    await expectProblem(await send(readFileSync('package.json', 'utf8')), 422, 'unreadable-picture');
  });

  it('of 10,000 x 10,000 pixels is refused before it is decoded', async () => {
    const [worker] = stack.workers;
    await send(samplePicture('noto', 'dog'));
    const before = peakMemoryBytes(worker?.pid());
    await expectProblem(await send(blackPicture(10_000, 10_000)), 422, 'picture-too-large');
    // Decoded it would be 300 MB.
    expect(peakMemoryBytes(worker?.pid()) - before).toBeLessThan(60_000_000);
  });
});

describe('labels', () => {
  it('must be there for plain CLIP, and must not be empty', async () => {
    const image = Buffer.from(samplePicture('noto', 'cat')).toString('base64');
    const sendJson = (labels: unknown) =>
      send(JSON.stringify({ inputs: [{ image }], labels }), { 'content-type': 'application/json' });
    const empty = await expectProblem(await sendJson([]), 422, 'invalid-request');
    expect(empty.errors?.map(({ pointer }) => pointer)).toEqual(['/labels']);
    await expectProblem(await sendJson(['']), 422, 'invalid-request');
    await expectProblem(await sendJson(undefined), 422, 'invalid-request');
  });
});

describe('an embedding', () => {
  const octets = { 'content-type': 'application/octet-stream' };

  it('with NaN is refused, as bytes and as JSON', async () => {
    const row = new Float32Array(256).fill(0.1);
    row[7] = Number.NaN;
    await expectProblem(await send(new Uint8Array(row.buffer), octets), 422, 'invalid-request');
    const body = JSON.stringify({ labels: ['cat'], inputs: [{ embedding: [...row] }] });
    const json = { 'content-type': 'application/json' };
    await expectProblem(await send(body, json), 422, 'invalid-request');
    const infinite = await send(body.replace('null', '1e999'), json);
    await expectProblem(infinite, 422, 'invalid-request');
  });

  it('of another length is refused', async () => {
    await expectProblem(await send(new Uint8Array(4 * 100), octets), 422, 'invalid-request');
    await expectProblem(await send(new Uint8Array(3), octets), 422, 'invalid-request');
  });
});

/** The most the process has ever held. Linux tells; elsewhere there is nothing to compare. */
function peakMemoryBytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]);
}
