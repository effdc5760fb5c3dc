import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHub } from '../../../infra/models/hub.ts';
import { type PullRequest, pullModel } from '../../../infra/models/pull.ts';
import type { RetryPolicy } from '../../../infra/models/retry.ts';
import { verifyModel } from '../../../infra/models/verify.ts';
import { hostedModel, weightsLength } from './support/hosted-model.ts';
import { type HostedModel, type HubServer, startHubServer } from './support/hub-server.ts';

const name = 'someone/tiny-clip';
const vision = 'onnx/vision_model.onnx';
const wanted = [
  'config.json',
  'onnx/text_model.onnx',
  'onnx/vision_model.onnx',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

let root: string;
const servers: HubServer[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'models-'));
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(root, { recursive: true });
});

async function serve(model: HostedModel = hostedModel()): Promise<HubServer> {
  const server = await startHubServer(model);
  servers.push(server);
  return server;
}

async function pull(
  endpoint: string,
  extra: Partial<PullRequest> & {
    token?: string;
    maxFailures?: number;
    environment?: Record<string, string>;
  } = {},
) {
  const retry: RetryPolicy = { maxFailures: extra.maxFailures ?? 3, pause: async () => {} };
  const hub = openHub({ HF_ENDPOINT: endpoint, HF_TOKEN: extra.token, ...extra.environment }, retry);
  if (!hub.ok) throw new Error(hub.error.detail);
  return pullModel(hub.value, {
    name,
    root,
    revision: 'main',
    variant: 'default',
    now: () => new Date('2026-01-02T03:04:05Z'),
    onProgress: () => {},
    ...extra,
  });
}

async function installedFiles(): Promise<string[]> {
  const entries = await readdir(join(root, name), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, name).length + 1))
    .sort();
}

/** Byte ranges that were asked of the second origin for a file, in order. */
function ranges(server: HubServer, path: string): (string | undefined)[] {
  return server.requests
    .filter((request) => request.server === 'cdn' && request.path === `/${encodeURIComponent(path)}`)
    .map(({ range }) => range);
}

/** Orders connections that break in mid-file, each once some of its bytes have arrived; to be told of the progress. */
function orderDrops(server: HubServer, path: string, count: number): PullRequest['onProgress'] {
  const gates = Array.from({ length: count }, () => Promise.withResolvers<void>());
  for (const { promise } of gates) server.order(path, { kind: 'drop', afterBytes: 50_000, when: promise });
  let attempt = -1;
  let last: number | undefined;
  return ({ file, receivedBytes }) => {
    if (file !== path) return;
    // An attempt begins by reporting what is on disk already.
    if (last === undefined || receivedBytes === last) attempt++;
    else gates[attempt]?.resolve();
    last = receivedBytes;
  };
}

describe('pullModel', () => {
  it('installs exactly the files of the model, byte for byte, with a manifest of their hashes', async () => {
    const model = hostedModel();
    const server = await serve(model);
    const pulled = await pull(server.endpoint);
    expect(pulled).toMatchObject({ ok: true, value: { unchanged: false } });
    expect(await installedFiles()).toEqual([...wanted, 'manifest.json'].sort());
    for (const path of wanted) {
      expect(model.files.get(path)?.equals(await readFile(join(root, name, path)))).toBe(true);
    }
    const manifest = JSON.parse(await readFile(join(root, name, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      id: name,
      commit: model.commit,
      variants: ['default'],
      source: server.endpoint,
    });
    expect(manifest.files).toHaveLength(wanted.length);
    expect(await verifyModel(root, name)).toMatchObject({ ok: true, value: { whole: true } });
  });

  it('reports progress that only grows and ends at the total', async () => {
    const server = await serve();
    const seen: number[] = [];
    let total = 0;
    await pull(server.endpoint, {
      onProgress: ({ receivedBytes, totalBytes }) => {
        seen.push(receivedBytes);
        total = totalBytes;
      },
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
    expect(total).toBeGreaterThan(2 * weightsLength);
  });

  it('takes the files of a variant, with weights kept outside the graph', async () => {
    const server = await serve();
    await pull(server.endpoint, { variant: 'fp16' });
    expect(await installedFiles()).toEqual(
      expect.arrayContaining(['onnx/text_model_fp16.onnx', 'onnx/vision_model_fp16.onnx_data']),
    );
    expect(await installedFiles()).not.toContain(vision);
  });

  it('adds a variant to the others of the same commit, and drops those of another', async () => {
    const server = await serve();
    await pull(server.endpoint);
    expect(await pull(server.endpoint, { variant: 'fp16' })).toMatchObject({
      value: { manifest: { variants: ['default', 'fp16'] } },
    });
    expect(await installedFiles()).toEqual(expect.arrayContaining([vision, 'onnx/vision_model_fp16.onnx']));
    expect(await verifyModel(root, name)).toMatchObject({ value: { whole: true } });
    const newer = await serve(hostedModel({ commit: 'b'.repeat(40) }));
    expect(await pull(newer.endpoint, { variant: 'fp16' })).toMatchObject({
      value: { manifest: { variants: ['fp16'] } },
    });
    expect(await installedFiles()).not.toContain(vision);
  });

  it('does nothing where the same commit and variant is installed whole', async () => {
    const server = await serve();
    await pull(server.endpoint);
    server.requests.length = 0;
    expect(await pull(server.endpoint)).toMatchObject({ ok: true, value: { unchanged: true } });
    expect(server.requests.filter(({ path }) => path.includes('/resolve/'))).toEqual([]);
  });

  it('replaces an installed model whose files were changed, or by another commit', async () => {
    const server = await serve();
    await pull(server.endpoint);
    await writeFile(join(root, name, vision), 'spoilt');
    expect(await pull(server.endpoint)).toMatchObject({ ok: true, value: { unchanged: false } });
    expect(await verifyModel(root, name)).toMatchObject({ ok: true, value: { whole: true } });
    const newer = await serve(hostedModel({ commit: 'b'.repeat(40) }));
    expect(await pull(newer.endpoint)).toMatchObject({ value: { manifest: { commit: 'b'.repeat(40) } } });
  });
});

describe('a bad connection', () => {
  it('resumes in mid-file after a dropped connection', async () => {
    const server = await serve();
    const onProgress = orderDrops(server, vision, 2);
    expect(await pull(server.endpoint, { onProgress })).toMatchObject({ ok: true });
    const [first, second, third, ...more] = ranges(server, vision);
    expect(first).toBeUndefined();
    expect(second).toMatch(/^bytes=[1-9]\d*-$/);
    expect(third).toMatch(/^bytes=[1-9]\d*-$/);
    expect(more).toEqual([]);
  });

  it('keeps what has come when it gives up, installs nothing, and goes on from there at the next call', async () => {
    const server = await serve();
    const onProgress = orderDrops(server, vision, 1);
    const first = await pull(server.endpoint, { maxFailures: 1, onProgress });
    expect(first).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    expect(await installedFiles()).toEqual([]);
    server.requests.length = 0;
    expect(await pull(server.endpoint)).toMatchObject({ ok: true });
    expect(ranges(server, vision)[0]).toMatch(/^bytes=[1-9]\d*-$/);
    expect(ranges(server, 'onnx/text_model.onnx')).toEqual([]);
  });

  it('starts the file over where the server ignores ranges', async () => {
    const server = await serve();
    const onProgress = orderDrops(server, vision, 1);
    server.order(vision, { kind: 'ignore-range' });
    expect(await pull(server.endpoint, { onProgress })).toMatchObject({ ok: true });
    expect(await verifyModel(root, name)).toMatchObject({ value: { whole: true } });
  });

  it('gives up after several failures in a row', async () => {
    const server = await serve();
    for (let i = 0; i < 3; i++) server.order(vision, { kind: 'status', status: 503 });
    expect(await pull(server.endpoint)).toMatchObject({ ok: false, error: { code: 'unreachable' } });
  });

  it('names the hub that cannot be reached', async () => {
    const server = await serve();
    await server.close();
    const pulled = await pull(server.endpoint);
    expect(pulled).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    expect(pulled.ok ? '' : pulled.error.detail).toContain(server.endpoint);
  });
});

describe('damaged content', () => {
  it('fetches a corrupted file once more', async () => {
    const server = await serve();
    server.order(vision, { kind: 'corrupt' });
    expect(await pull(server.endpoint)).toMatchObject({ ok: true });
    expect(ranges(server, vision)).toEqual([undefined, undefined]);
  });

  it.each([vision, 'config.json'])('refuses %s that stays corrupted, and installs nothing', async (path) => {
    const server = await serve();
    server.order(path, { kind: 'corrupt' });
    server.order(path, { kind: 'corrupt' });
    expect(await pull(server.endpoint)).toMatchObject({ ok: false, error: { code: 'damaged' } });
    expect(await installedFiles()).toEqual([]);
  });

  it('throws away a partial file that is no beginning of the content', async () => {
    const server = await serve();
    const partial = join(root, '.partial', `someone--tiny-clip-${'a'.repeat(40)}-default`, `${vision}.part`);
    await mkdir(join(partial, '..'), { recursive: true });
    await writeFile(partial, Buffer.alloc(weightsLength + 1));
    expect(await pull(server.endpoint)).toMatchObject({ ok: true });
  });
});

describe('who may read what', () => {
  it('sends the token to the hub and never to the origin it redirects to', async () => {
    const server = await serve(hostedModel({ token: 'mirror-token' }));
    expect(await pull(server.endpoint, { token: 'mirror-token' })).toMatchObject({ ok: true });
    const to = (which: 'hub' | 'cdn') =>
      new Set(
        server.requests
          .filter((request) => request.server === which)
          .map(({ authorization }) => authorization),
      );
    expect(to('hub')).toEqual(new Set(['Bearer mirror-token']));
    expect(to('cdn')).toEqual(new Set([undefined]));
  });

  it('says that a token is needed, without trying again', async () => {
    const server = await serve(hostedModel({ token: 'secret' }));
    expect(await pull(server.endpoint)).toMatchObject({ ok: false, error: { code: 'not-permitted' } });
    expect(server.requests).toHaveLength(1);
  });

  it.each(['../outside', '/etc/passwd', 'a/../b', 'a/b/c', '', 'a\\b', '.hidden/model'])(
    'refuses the name %j before any request',
    async (bad) => {
      const server = await serve();
      expect(await pull(server.endpoint, { name: bad })).toMatchObject({
        ok: false,
        error: { code: 'invalid-name' },
      });
      expect(server.requests).toEqual([]);
    },
  );

  it('tells a missing model or revision from a repository that is no such model', async () => {
    const server = await serve();
    const missing = { ok: false, error: { code: 'not-found' } };
    expect(await pull(server.endpoint, { name: 'someone/else' })).toMatchObject(missing);
    expect(await pull(server.endpoint, { revision: 'gone' })).toMatchObject(missing);
    expect(await pull(server.endpoint, { variant: 'quantized' })).toMatchObject({
      error: { code: 'not-a-model' },
    });
  });

  it('does not replace a directory that it did not fill', async () => {
    const server = await serve();
    await mkdir(join(root, name), { recursive: true });
    await writeFile(join(root, name, 'config.json'), '{}');
    expect(await pull(server.endpoint)).toMatchObject({ ok: false, error: { code: 'in-the-way' } });
    expect(await installedFiles()).toEqual(['config.json']);
  });

  it('reports a models directory that cannot be written', async () => {
    const server = await serve();
    const file = join(root, 'a-file');
    await writeFile(file, '');
    expect(await pull(server.endpoint, { root: file })).toMatchObject({ ok: false, error: { code: 'disk' } });
  });
});

describe('a repository that cannot be used', () => {
  it.each<[string, Record<string, string | undefined>, string]>([
    [
      'is of no kind of CLIP',
      { 'config.json': '{"model_type":"bert"}' },
      'config.json says model_type "bert", which is no kind of CLIP known here',
    ],
    [
      'takes pictures of any proportion',
      {
        'config.json': '{"model_type":"siglip2"}',
        'preprocessor_config.json': '{"image_processor_type":"Siglip2ImageProcessor","max_num_patches":256}',
      },
      'it takes pictures of any proportion as patches (NaFlex), which is not supported; a fixed-resolution SigLIP 2 is',
    ],
    [
      'gives no size of pictures',
      { 'preprocessor_config.json': '{}' },
      'preprocessor_config.json gives no fixed picture size',
    ],
    [
      'has a field of the wrong kind',
      { 'preprocessor_config.json': '{"size":8,"image_mean":[0.5]}' },
      'preprocessor_config.json does not fit at image_mean',
    ],
  ])('that %s is refused before a byte of its weights is fetched', async (_, changes, reason) => {
    const files = new Map(hostedModel().files);
    for (const [path, content] of Object.entries(changes)) files.set(path, Buffer.from(content ?? ''));
    const server = await serve(hostedModel({ files }));
    const pulled = await pull(server.endpoint);
    expect(pulled).toMatchObject({ ok: false, error: { code: 'not-a-model' } });
    expect(pulled.ok ? '' : pulled.error.detail).toContain(`${name} cannot be used: ${reason}`);
    expect(server.requests.filter(({ path }) => path.includes('.onnx'))).toEqual([]);
    expect(await installedFiles()).toEqual([]);
  });

  it.each<[string, readonly string[], string]>([
    [
      'has weights of PyTorch only',
      [
        'config.json',
        'preprocessor_config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        'model.safetensors',
      ],
      'onnx/vision_model.onnx is missing: its weights are not ONNX; export it first, or pull an export of it',
    ],
    [
      'has other variants only',
      ['config.json', 'onnx/model_q4.onnx', 'onnx/model_fp16.onnx'],
      'onnx/vision_model.onnx is missing (there are weights for: fp16, q4)',
    ],
    ['lacks a tower', ['config.json', 'onnx/vision_model.onnx'], 'onnx/text_model.onnx is missing'],
    [
      'lacks a tokenizer',
      ['config.json', 'preprocessor_config.json', 'onnx/model.onnx'],
      'tokenizer.json is missing',
    ],
  ])('that %s is refused by its list of files alone', async (_, paths, reason) => {
    const server = await serve(
      hostedModel({ files: new Map(paths.map((path) => [path, Buffer.from('{}')])) }),
    );
    expect(await pull(server.endpoint)).toMatchObject({
      ok: false,
      error: { code: 'not-a-model', detail: `${name} cannot be used: ${reason}.` },
    });
  });
});

describe('a proxy', () => {
  it('that HTTP_PROXY names carries every request, but for the hosts of NO_PROXY', async () => {
    const server = await serve();
    const proxy = await startProxy();
    const environment = { HF_ENDPOINT: server.endpoint, HTTP_PROXY: proxy.url };
    expect(await pull(server.endpoint, { environment })).toMatchObject({ ok: true });
    expect(proxy.seen).toBeGreaterThan(wanted.length);
    const before = proxy.seen;
    const direct = { ...environment, NO_PROXY: '127.0.0.1,localhost' };
    expect(await pull(server.endpoint, { environment: direct })).toMatchObject({ ok: true });
    expect(proxy.seen).toBe(before);
    await proxy.close();
  });
});

/** Passes on requests in absolute form, and tunnels. */
async function startProxy() {
  const counts = { seen: 0 };
  const proxy = createServer((incoming, outgoing) => {
    counts.seen++;
    const { method = 'GET', headers, url = '' } = incoming;
    request(url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  proxy.on('connect', ({ url = '' }, socket) => {
    counts.seen++;
    const [host, port] = url.split(':');
    const onwards = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onwards.pipe(socket);
      socket.pipe(onwards);
    });
    onwards.on('error', () => socket.destroy());
    socket.on('error', () => onwards.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get seen() {
      return counts.seen;
    },
    close: () =>
      new Promise<void>((resolve) => {
        proxy.closeAllConnections();
        proxy.close(() => resolve());
      }),
  };
}
