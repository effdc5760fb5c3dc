import { readFileSync } from 'node:fs';
import { unpackTar } from 'modern-tar';
import { describe, expect, it, vi } from 'vitest';
import type { TreePicture } from '#client/upload-tree.ts';
import { fakeService, json } from './fake-service.ts';

const square = readFileSync('test/fixtures/images/square.png');

async function readTar(request: Request): Promise<Record<string, string>> {
  const entries = await unpackTar(await request.arrayBuffer(), { strict: true });
  return Object.fromEntries(entries.map(({ header, data }) => [header.name, new TextDecoder().decode(data)]));
}

function picture(environment: string, className: string, filename: string, text: string): TreePicture {
  return { environment, class: className, filename, data: new TextEncoder().encode(text) };
}

describe('uploading a tree', () => {
  it('sends environment/class/file as tar, with names of any length and script', async () => {
    const { client, requests } = fakeService([json({ added: 3, unchanged: 0, skipped: [] })]);
    const long = 'x'.repeat(120);
    await client.datasets.uploadTree('birds', [
      picture('site 1', 'owl', 'a.png', 'A'),
      picture('Büro', '猫', 'b.png', 'B'.repeat(513)),
      { ...picture(long, 'owl', 'c.png', ''), data: new Blob(['C']) },
    ]);
    expect(requests).toHaveLength(1);
    const request = requests[0];
    expect(request?.headers.get('content-type')).toBe('application/x-tar');
    expect(request && (await readTar(request))).toEqual({
      'site 1/owl/a.png': 'A',
      'Büro/猫/b.png': 'B'.repeat(513),
      [`${long}/owl/c.png`]: 'C',
    });
  });

  it('splits archives at the limit, adds up their results and tells how far it is', async () => {
    const skipped = { path: 'e/c/1', code: 'unreadable-picture', detail: 'no picture' };
    const { client, requests } = fakeService([json({ added: 1, unchanged: 1, skipped: [skipped] })]);
    const progress: number[] = [];
    const pictures = ['1', '2', '3', '4', '5'].map((name) => picture('e', 'c', name, name));
    const result = await client.datasets.uploadTree('birds', pictures, {
      maxArchiveBytes: 2048,
      onProgress: (sent) => progress.push(sent),
    });
    expect(requests).toHaveLength(3);
    expect(progress).toEqual([2, 4, 5]);
    expect(result).toEqual({ added: 3, unchanged: 3, skipped: [skipped, skipped, skipped] });
  });

  it('sends the same bytes for the same pictures, whenever that is', async () => {
    const { client, requests } = fakeService([json({ added: 1, unchanged: 0, skipped: [] })]);
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      for (const year of ['2026', '2027']) {
        vi.setSystemTime(`${year}-01-01`);
        await client.datasets.uploadTree('birds', [picture('e', 'c', 'a.png', 'A')]);
      }
    } finally {
      vi.useRealTimers();
    }
    const [first, second] = await Promise.all(requests.map((request) => request.bytes()));
    expect(second).toEqual(first);
  });

  it('refuses names that would leave their place in the tree', async () => {
    const { client, requests } = fakeService([json({})]);
    const escaping = client.datasets.uploadTree('birds', [picture('..', 'c', 'f', '')]);
    await expect(escaping).rejects.toThrow(RangeError);
    expect(requests).toHaveLength(0);
  });
});

describe('a picture', () => {
  it('goes out under the type its bytes show, with its place in the query', async () => {
    const { client, requests } = fakeService([json({})]);
    await client.datasets.upload('birds', new Uint8Array(square), { environment: 'e', class: 'c' });
    await client.classifications.picture(new Uint8Array(readFileSync('test/fixtures/images/photo.jpg')), {
      labels: ['cat', 'dog'],
      topK: 1,
    });
    expect(requests[0]?.headers.get('content-type')).toBe('image/png');
    expect(requests[0]?.url).toMatch(/items\?environment=e&class=c$/);
    expect(requests[1]?.headers.get('content-type')).toBe('image/jpeg');
    expect(requests[1]?.url).toMatch(/classifications\?labels=cat&labels=dog&topK=1$/);
  });

  it('among others goes out as a form, in order', async () => {
    const { client, requests } = fakeService([json({})]);
    await client.classifications.pictures([new Uint8Array(square), new Blob(['x'], { type: 'image/webp' })]);
    const form = await requests[0]?.formData();
    expect(form?.getAll('image').map((part) => (part instanceof File ? part.type : 'text'))).toEqual([
      'image/png',
      'image/webp',
    ]);
  });
});

describe('embeddings', () => {
  it('go out as little-endian float32', async () => {
    const { client, requests } = fakeService([json({})]);
    const rows = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    await client.classifications.embeddings(rows);
    expect(requests[0]?.headers.get('content-type')).toBe('application/octet-stream');
    const view = new DataView((await requests[0]?.arrayBuffer()) ?? new ArrayBuffer(0));
    expect([view.byteLength, view.getFloat32(0, true), view.getFloat32(4, true)]).toEqual([8, 1, 2]);
  });
});
