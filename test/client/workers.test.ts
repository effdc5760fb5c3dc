// The client where there is no Node: bundled for the web and run in workerd.

import path from 'node:path';
import { Miniflare, type Request, Response } from 'miniflare';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let miniflare: Miniflare;

beforeAll(async () => {
  miniflare = new Miniflare({
    modules: true,
    script: await bundle(),
    compatibilityDate: '2026-07-01',
    cf: false,
    outboundService: answer,
  });
  await miniflare.ready;
});

afterAll(async () => {
  await miniflare?.dispose();
});

async function bundle(): Promise<string> {
  const entry = path.join(import.meta.dirname, 'worker-entry.ts');
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib: { entry, formats: ['es'], fileName: 'worker' } },
  });
  const [built] = Array.isArray(output) ? output : [output];
  const chunk = built !== undefined && 'output' in built ? built.output[0] : undefined;
  if (chunk?.type !== 'chunk') throw new Error('The client was not bundled.');
  return chunk.code;
}

let firstUpload = true;

/** Answers what the worker's client asks; the first upload meets a busy service. */
function answer(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname.endsWith('/archive')) {
    const isFirst = firstUpload;
    firstUpload = false;
    return isFirst
      ? Response.json({ status: 503, code: 'worker-overloaded', detail: '', requestId: '' }, { status: 503 })
      : Response.json({ added: 1, unchanged: 0, skipped: [] });
  }
  if (pathname.endsWith('/events')) {
    const events = ['running', 'succeeded'].map(
      (status) => `data: ${JSON.stringify({ id: 'job_1', status })}\n\n`,
    );
    return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } });
  }
  return Response.json({ status: 404, code: 'not-found', detail: '', requestId: '' }, { status: 404 });
}

describe('in a Worker, the client', () => {
  it('uploads, retries, follows a job and throws typed errors', async () => {
    const response = await miniflare.dispatchFetch('http://worker.test/');
    expect(await response.json()).toEqual({
      upload: { added: 1, unchanged: 0, skipped: [] },
      states: ['running', 'succeeded'],
      code: 'not-found',
    });
  });
});
