// What the edge counts, and how it tells it: through the real isolate and the object that keeps the sums.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Env, parseSettings } from '../../../edge/env.ts';
import { writeMetrics } from '../../../edge/metrics/metrics-text.ts';
import { seriesOf } from '../../../edge/metrics/series.ts';
import { type Edge, openEdge, testSecrets } from '../../support/edge.ts';
import { adminHeaders, bearer, makeTenant, metricsHeaders } from '../../support/edge-callers.ts';

let directory: string;
let edge: Edge;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-metrics-'));
  edge = await openEdge({ stateDirectory: directory });
});

afterAll(async () => {
  await edge?.close();
  await rm(directory, { recursive: true, force: true });
});

async function read(): Promise<Map<string, number>> {
  const answer = await edge.fetch('/v1/admin/metrics', { headers: adminHeaders });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('requests are counted by route and status, refusals by code, and sums outlive a restart', async () => {
  const tenant = await makeTenant(edge, 'counted');
  for (let call = 0; call < 3; call++) await tenant.send('GET', '/v1/datasets');
  await tenant.send('GET', '/v1/datasets/none');
  await edge.fetch('/v1/datasets');
  await edge.fetch('/no/such/path');
  const expected = {
    'icm_edge_requests_total{route="GET /v1/datasets",status="200"}': 3,
    'icm_edge_requests_total{route="GET /v1/datasets/:dataset",status="404"}': 1,
    'icm_edge_requests_total{route="GET /v1/datasets",status="401"}': 1,
    'icm_edge_requests_total{route="none",status="404"}': 1,
    'icm_edge_refusals_total{code="unauthenticated"}': 1,
    'icm_edge_refusals_total{code="not-found"}': 2,
  };
  // What an isolate is about to tell by itself is not in a scrape of that moment.
  const sums = async () => Object.fromEntries(await read());
  await expect.poll(sums).toMatchObject(expected);
  await edge.close();
  edge = await openEdge({ stateDirectory: directory });
  expect(await sums()).toMatchObject(expected);
});

test('attempts at a worker that is not there are counted with their outcome', async () => {
  const tenant = await makeTenant(edge, 'without a worker');
  const body = { labels: ['cat', 'dog'], inputs: [{ image: 'aGVsbG8=' }] };
  expect((await tenant.send('POST', '/v1/classifications', body)).status).toBe(503);
  const callsIn = (all: ReadonlyMap<string, number>) =>
    [...all].filter(([series]) => series.startsWith('icm_edge_worker_call_seconds_count'));
  await expect.poll(async () => callsIn(await read()).length).toBeGreaterThan(0);
  const sums = await read();
  const calls = callsIn(sums);
  for (const [series, count] of calls) {
    expect(series).toContain('outcome="worker-unavailable"');
    expect(sums.get(series.replace('_count{', '_bucket{').replace('}', ',le="+Inf"}'))).toBe(count);
  }
});

test('what stands in the database is told as it is', async () => {
  const sums = await read();
  expect(sums.get('icm_edge_database_bytes')).toBeGreaterThan(0);
  expect(sums.get('icm_edge_jobs_active')).toBe(0);
  expect(sums.get('icm_edge_deliveries_overdue')).toBe(0);
});

test('nobody reads them but the administrator and who has the secret for them', async () => {
  const tenant = await makeTenant(edge, 'curious');
  const statusWith = async (headers: Readonly<Record<string, string>>) => {
    const answer = await edge.fetch('/v1/admin/metrics', { headers });
    await answer.body?.cancel();
    return answer.status;
  };
  expect(await statusWith(tenant.headers)).toBe(401);
  expect(await statusWith(bearer(`${testSecrets.METRICS_SECRET}x`))).toBe(401);
  expect(await statusWith(metricsHeaders)).toBe(200);
  expect(await statusWith(adminHeaders)).toBe(200);
});

test('where there is no secret for them, an empty one does not read them either', async () => {
  const other = await openEdge({ bindings: { METRICS_SECRET: '' } });
  try {
    for (const headers of [bearer(''), {}, metricsHeaders, adminHeaders]) {
      const answer = await other.fetch('/v1/admin/metrics', { headers });
      await answer.body?.cancel();
      expect(answer.status).toBe(headers === adminHeaders ? 200 : 401);
    }
  } finally {
    await other.close();
  }
});

test('a secret for metrics that is short, or the administrator’s again, is a fault of the deployment', () => {
  const parse = (METRICS_SECRET: string) =>
    parseSettings({ ...testSecrets, METRICS_SECRET } as unknown as Env);
  expect(parse(testSecrets.METRICS_SECRET).metricsSecret).toBe(testSecrets.METRICS_SECRET);
  expect(() => parse('short')).toThrow(/at least 32 characters/);
  expect(() => parse(testSecrets.ADMIN_SECRET)).toThrow(/the same as ADMIN_SECRET/);
});

test('buckets that were counted apart are told as sums up to their end', () => {
  const labels = { path: '/v1/solve', outcome: 'ok' };
  const name = 'icm_edge_worker_call_seconds';
  const text = writeMetrics(
    {
      [seriesOf(`${name}_bucket`, { ...labels, le: 0.05 })]: 2,
      [seriesOf(`${name}_bucket`, { ...labels, le: 1 })]: 1,
      [seriesOf(`${name}_bucket`, { ...labels, le: '+Inf' })]: 1,
      [seriesOf(`${name}_sum`, labels)]: 45.5,
      icm_edge_of_before_total: 7,
    },
    {},
  );
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  const at = (le: string) => `${name}_bucket{path="/v1/solve",outcome="ok",le="${le}"}`;
  expect(lines).toContain(`${at('0.025')} 0`);
  expect(lines).toContain(`${at('0.05')} 2`);
  expect(lines).toContain(`${at('0.5')} 2`);
  expect(lines).toContain(`${at('30')} 3`);
  expect(lines).toContain(`${at('+Inf')} 4`);
  expect(lines.slice(-2)).toEqual([
    `${name}_sum{path="/v1/solve",outcome="ok"} 45.5`,
    `${name}_count{path="/v1/solve",outcome="ok"} 4`,
  ]);
  expect(text).not.toContain('of_before');
});

test('a label cannot end its own quotes', () => {
  expect(seriesOf('a', { b: 'x"} 1\n\\' })).toBe('a{b="x\\"} 1\\n\\\\"}');
});
