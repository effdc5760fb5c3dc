// A worker that misbehaves as told: for failures that a real one cannot be brought to on demand. It checks signatures as
// the real one does; what it answers when it behaves is an `encoded` file of unit rows.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeContainer } from '#shared/codec/container.ts';
import { readFrames } from '#shared/codec/frames.ts';
import { verifyRequest } from '#shared/signing.ts';

export const fakeSecret = 'worker-for-tests-0123456789abcdef0123';
export const fakeDimension = 4;
export const fakeModel = { id: 'fake', revision: 'ab'.repeat(32) };

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void | Promise<void>;

export type FakeWorker = {
  readonly origin: string;
  /** Paths of signed requests, in order. */
  readonly seen: string[];
  /** What the next calls get, in order; then the usual. */
  readonly next: Answer[];
  /** Whether it says so to probes; calls are answered all the same. */
  isReady: boolean;
  /** Breaks off calls with a picture whose hash begins so. */
  endedBy: string | undefined;
  close(): Promise<void>;
};

export async function openFakeWorker(): Promise<FakeWorker> {
  const seen: string[] = [];
  const next: Answer[] = [];
  const server = createServer(async (request, response) => {
    if (request.url === '/readyz') return json(response, worker.isReady ? 200 : 503, readyReport);
    if (request.url === '/healthz') return json(response, 200, {});
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const headers = { get: (name: string) => String(request.headers[name] ?? '') };
    const path = request.url ?? '';
    const nowMs = Date.now();
    const verified = await verifyRequest({ secrets: [fakeSecret], method: 'POST', path, headers, nowMs });
    if (!verified.ok) return json(response, 401, {});
    seen.push(path);
    const { endedBy } = worker;
    if (endedBy !== undefined && (await picturesOf(body)).some((sha256) => sha256.startsWith(endedBy))) {
      return request.socket.destroy();
    }
    await (next.shift() ?? answerTexts)(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const worker: FakeWorker = {
    isReady: true,
    endedBy: undefined,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    next,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return worker;
}

export const answers = {
  garbage: (_request, response) => void response.end('this is no encoded file'),
  overloaded: (_request, response) => json(response, 429, {}, { 'retry-after': '7' }),
  broken: (_request, response) => json(response, 500, {}),
} satisfies Record<string, Answer>;

const readyReport = {
  ready: true,
  draining: false,
  executionProvider: 'cpu',
  concurrency: { interactive: 4, bulk: 2 },
  queue: { depth: 0, limit: 64 },
  models: [
    {
      reference: fakeModel,
      embeddingDimension: fakeDimension,
      contextLength: 16,
      imageSize: 32,
      logitScale: 100,
    },
  ],
};

async function answerTexts(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
  const texts = request.url === '/v1/encode/images' ? await picturesOf(body) : textsOf(body);
  const data = new Float32Array(texts.length * fakeDimension);
  texts.forEach((text, row) => {
    data[row * fakeDimension + (text.length % fakeDimension)] = 1;
  });
  const header = {
    format: 'encoded/1',
    model: fakeModel,
    embeddingDimension: fakeDimension,
    logitScale: 100,
    failures: [],
    tokens: texts.length,
  };
  const blocks = [{ name: 'embeddings', shape: [texts.length, fakeDimension], data }];
  response.end(await encodeContainer({ kind: 'encoded', header, blocks }));
}

const textsOf = (body: Buffer) => (JSON.parse(body.toString()) as { texts: string[] }).texts;

/** The hashes that the first frame lists stand for the pictures. */
async function picturesOf(body: Buffer): Promise<string[]> {
  for await (const frame of readFrames([new Uint8Array(body)], { maxFrameBytes: 2 ** 20 })) {
    if (!frame.ok) break;
    const head = JSON.parse(new TextDecoder().decode(frame.value)) as { items: { sha256: string }[] };
    return head.items.map(({ sha256 }) => sha256);
  }
  return [];
}

function json(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}
