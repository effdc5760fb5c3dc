// Starting, being ready, draining, settings that do not fit, and one that changes what is taken.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createApp } from '../../../gpu-worker/app.ts';
import { readEnvironment } from '../../../gpu-worker/env.ts';
import { createServices } from '../../../gpu-worker/services.ts';
import { ReadyReport } from '../../../shared/contracts/worker.ts';
import { gatedBody } from '../support/gated-body.ts';
import {
  framesBody,
  metric,
  post,
  secret,
  startWorker,
  until,
  untilReady,
} from '../support/worker-process.ts';

const model = 'nano-clip';
const main = fileURLToPath(new URL('../../../gpu-worker/main.ts', import.meta.url));
const photo = await readFile(new URL('../../fixtures/images/photo.jpg', import.meta.url));

function services(settings: Record<string, string> = {}) {
  const env = readEnvironment({ ICM_WORKER_SECRETS: secret, LOG_LEVEL: 'silent', ...settings });
  if (!env.ok) throw new Error(env.error);
  return createServices(env.value);
}

describe('readiness', () => {
  test('is live but not ready before its model is loaded, then ready, then draining', async () => {
    const worker = services();
    const app = createApp(worker);
    const ready = async () => {
      const response = await app.request('/readyz');
      return { status: response.status, report: ReadyReport.parse(await response.json()) };
    };
    expect((await app.request('/healthz')).status).toBe(200);
    expect(await ready()).toMatchObject({
      status: 503,
      report: { ready: false, draining: false, models: [] },
    });
    const early = await app.request('/v1/encode/texts', { method: 'POST' });
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '2']);

    worker.lifecycle.becomeReady();
    expect(await ready()).toMatchObject({
      status: 200,
      report: { ready: true, queue: { depth: 0, limit: 256 } },
    });
    worker.lifecycle.drain();
    expect(await ready()).toMatchObject({ status: 503, report: { ready: false, draining: true } });
    expect((await app.request('/v1/encode/texts', { method: 'POST' })).status).toBe(503);
    expect((await app.request('/healthz')).status).toBe(200);
    await worker.close();
  });

  test('reports the models it has loaded', async () => {
    const worker = await startWorker();
    await untilReady(worker.origin);
    const report = ReadyReport.parse(await (await fetch(`${worker.origin}/readyz`)).json());
    expect(report.models).toMatchObject([
      { reference: { id: model }, embeddingDimension: 256, imageSize: 64 },
    ]);
    expect(report.executionProvider).toBe('cpu');
    expect(await worker.stop()).toBe(0);
  });
});

test('keeps a connection for longer than whoever calls, so that no call meets one that is being closed', async () => {
  const worker = await startWorker();
  const answer = await fetch(`${worker.origin}/healthz`);
  await answer.body?.cancel();
  const [, seconds] = /^timeout=(\d+)$/.exec(answer.headers.get('keep-alive') ?? '') ?? [];
  expect(Number(seconds)).toBeGreaterThan(900);
  expect(await worker.stop()).toBe(0);
});

describe('SIGTERM', () => {
  async function startWithWork(args: readonly string[] = []) {
    const worker = await startWorker({}, args);
    await untilReady(worker.origin);
    const { signed, body } = await framesBody({ head: { model }, items: [{ bytes: photo }] });
    const slow = gatedBody(body.slice(0, -10), body.slice(-10));
    const underWay = post(worker.origin, { path: '/v1/encode/images', body: slow.stream, signed });
    await until(async () => (await metric(worker.origin, 'icm_queue_depth')) === 1);
    return { worker, slow, underWay };
  }

  test('finishes what is under way, takes nothing new, and ends with 0', async () => {
    const { worker, slow, underWay } = await startWithWork();
    const exited = once(worker.process, 'exit');
    worker.process.kill('SIGTERM');
    await until(async () => worker.logs.some(({ event }) => event === 'draining'));
    await expect(fetch(`${worker.origin}/healthz`)).rejects.toThrow();
    slow.release();
    expect((await underWay).status).toBe(200);
    expect(await exited).toEqual([0, null]);
  });

  test('said twice, with the group and by the stack, still finishes what is under way', async () => {
    const { worker, slow, underWay } = await startWithWork(['--in-stack']);
    const exited = once(worker.process, 'exit');
    worker.process.kill('SIGTERM');
    await until(async () => worker.logs.some(({ event }) => event === 'draining'));
    worker.process.kill('SIGTERM');
    slow.release();
    const [answered, ended] = await Promise.allSettled([underWay, exited]);
    expect(ended).toMatchObject({ value: [0, null] });
    expect(answered).toMatchObject({ value: { status: 200 } });
  });

  test('ends with 0 also while the model is still loading', async () => {
    const worker = await startWorker();
    expect(await worker.stop()).toBe(0);
  });

  test('cuts off what takes longer than the limit, and ends with 1', async () => {
    const worker = await startWorker({ ICM_DRAIN_TIMEOUT_MS: '50' });
    await untilReady(worker.origin);
    const { signed, body } = await framesBody({ head: { model }, items: [{ bytes: photo }] });
    const stuck = gatedBody(body.slice(0, -10), body.slice(-10));
    const cut = expect(
      post(worker.origin, { path: '/v1/encode/images', body: stuck.stream, signed }),
    ).rejects.toThrow();
    await until(async () => (await metric(worker.origin, 'icm_queue_depth')) === 1);
    expect(await worker.stop()).toBe(1);
    await cut;
    stuck.release();
  });
});

describe('in a terminal', () => {
  test.each(['SIGINT', 'SIGHUP'] as const)(
    '%s is for the stack where the worker is part of one',
    async (signal) => {
      const worker = await startWorker({}, ['--in-stack']);
      await untilReady(worker.origin);
      worker.process.kill(signal);
      const { status } = await fetch(`${worker.origin}/readyz`);
      expect(status).toBe(200);
      expect(await worker.stop()).toBe(0);
      expect(worker.logs).toContainEqual(expect.objectContaining({ event: 'draining', signal: 'SIGTERM' }));
    },
  );

  test('SIGINT ends a worker by itself', async () => {
    const worker = await startWorker();
    await untilReady(worker.origin);
    const exited = once(worker.process, 'exit');
    worker.process.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
  });
});

describe('a JPEG whose end is missing', () => {
  test.each([
    [{}, { ok: false, error: { code: 'unreadable-picture' } }],
    [{ ICM_TRUNCATED_JPEGS: 'refuse' }, { ok: false, error: { code: 'unreadable-picture' } }],
    [{ ICM_TRUNCATED_JPEGS: 'take' }, { ok: true }],
  ])('under %o', async (settings, expected) => {
    const worker = services(settings);
    const leased = await worker.models.lease(model);
    if (!leased.ok) throw new Error(leased.error.detail);
    const [cut] = await leased.value.encoder.encodePictures([photo.subarray(0, photo.length / 2)]);
    expect(cut).toMatchObject(expected);
    leased.value.release();
    await worker.close();
  });
});

describe('a worker that cannot start', () => {
  test.each([
    ['without secrets', { ICM_WORKER_SECRETS: '' }, 2],
    ['with a short secret', { ICM_WORKER_SECRETS: 'short' }, 2],
    ['without its default model', { ICM_WORKER_SECRETS: secret, ICM_DEFAULT_MODEL: 'missing' }, 1],
  ])('%s ends at once', async (_, settings, code) => {
    const child = spawn(process.execPath, [main], { env: { ...process.env, PORT: '0', ...settings } });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    expect(await once(child, 'exit')).toEqual([code, null]);
    expect(said).not.toContain('short secret');
  });

  test('names every setting that does not fit and no value', () => {
    const read = readEnvironment({
      ICM_WORKER_SECRETS: 'too-short-a-secret',
      PORT: 'x',
      ICM_FETCH_ALLOW: 'here',
    });
    expect(read).toMatchObject({
      ok: false,
      error: expect.stringMatching(/PORT.*ICM_WORKER_SECRETS.*ICM_FETCH_ALLOW/s),
    });
    expect(JSON.stringify(read)).not.toContain('too-short-a-secret');
  });
});
