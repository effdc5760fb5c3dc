// What a fit costs by the picture: bytes and seconds of each stage, and what stays stored. Through the whole stack with one worker;
// the worker's part is what it tells Prometheus itself.

import { createStatisticsCollector } from '../../gpu-worker/numbers/statistics-collector.ts';
import { type LocalStack, openLocalStack } from '../../infra/local/open-local-stack.ts';
import { datasetName, distinctPictures, makeTenant, uploadPictures } from '../load/support/load-tenant.ts';
import { readMetric } from '../support/worker-metric.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { fitsBeside } from './fits-beside.ts';
import { timeMs } from './measure.ts';

const pictures = 700;

export const fit: Benchmark = {
  name: 'fit',
  summary: `a fit of ${pictures} pictures with 7 interventions by its stages (--against DIR: beside another commit)`,
  run: async (say, { against }) => {
    const beside = against === undefined ? [] : await fitsBeside(against, say);
    const stack = await openLocalStack();
    try {
      return [...beside, ...(await measure(stack, say))];
    } finally {
      await stack.close();
    }
  },
};

async function measure(stack: LocalStack, say: (progress: string) => void): Promise<Row[]> {
  const opened = { url: stack.url, adminSecret: stack.secrets.adminSecret, workerUrls: [] };
  const tenant = await makeTenant(opened, 'costs');
  const all = [...distinctPictures(pictures)];
  const emptyBytes = await databaseBytes(stack);
  say('uploading');
  const uploadMs = await timeMs(() => uploadPictures(tenant, all));
  const uploadedBytes = await databaseBytes(stack);
  say('fitting');
  const { job } = await tenant.client.projections.fit({ name: 'costs', datasets: [datasetName] });
  const stages = new Map<string, number>();
  for await (const { stage } of tenant.client.jobs.events(job.id)) {
    if (!stages.has(stage)) stages.set(stage, performance.now());
  }
  const between = (from: string, to: string) =>
    (stages.get(to) ?? Number.NaN) - (stages.get(from) ?? Number.NaN);
  const stored = await storedBytes(stack);
  return [
    perPicture('upload', uploadMs, 'archives through the edge into R2 and D1'),
    ...(await workerRows(stack.workers[0]?.url ?? '')),
    ...accumulationRows(),
    perPicture('encode stage in all', between('encode', 'merge'), 'one worker; plan and transport included'),
    { what: 'merge stage in all', value: between('merge', 'solve'), unit: 'ms' },
    { what: 'solve stage in all', value: between('solve', 'done'), unit: 'ms', note: 'publication included' },
    { what: 'R2: a picture', value: stored('pictures') / pictures, unit: 'bytes', note: 'as uploaded' },
    { what: 'D1: a picture', value: (uploadedBytes - emptyBytes) / pictures, unit: 'bytes' },
    { what: 'R2: statistics of a dataset', value: stored('statistics'), unit: 'bytes' },
    { what: 'R2: an artefact', value: stored('projections'), unit: 'bytes' },
  ];
}

function perPicture(what: string, ms: number, note: string): Row {
  return { what, value: ms / pictures, unit: 'ms/picture', note };
}

async function workerRows(url: string): Promise<Row[]> {
  const sum = (name: string, labels = '') => readMetric(url, `${name}_sum`, labels);
  const count = (name: string, labels = '') => readMetric(url, `${name}_count`, labels);
  const route = (path: string) => `route="${path}"`;
  const mean = async (name: string, labels = '') =>
    (1000 * (await sum(name, labels))) / (await count(name, labels));
  const bulk = 'lane="bulk"';
  const rows = await sum('icm_batch_rows', bulk);
  return [
    { what: 'decode', value: await mean('icm_decode_seconds'), unit: 'ms/picture', note: 'one thread' },
    {
      what: 'intervene',
      value: await mean('icm_intervention_seconds'),
      unit: 'ms/picture',
      note: 'one thread',
    },
    { what: 'views', value: rows / pictures, unit: '/picture', note: 'no-ops are not encoded' },
    { what: 'encode', value: (1000 * (await sum('icm_encode_seconds', bulk))) / rows, unit: 'ms/view' },
    {
      what: 'a merge',
      value: await mean('icm_request_seconds', route('/v1/merge')),
      unit: 'ms',
      note: `${await count('icm_request_seconds', route('/v1/merge'))} of at most 8 files`,
    },
    { what: 'a solve', value: await mean('icm_request_seconds', route('/v1/solve')), unit: 'ms' },
  ];
}

/** Sums are added up on the worker's event loop, between the batches of the model. */
function accumulationRows(): Row[] {
  return [256, 512].map((dimension) => {
    const shape = { dimension, interventionCount: 7, classCount: 100, environmentCount: 1 };
    const collector = createStatisticsCollector({ ...shape, sampleLimit: 2048, pairSampleLimit: 256 });
    const [count, row] = [512, new Float32Array(dimension).fill(0.1)];
    const startedMs = performance.now();
    for (let index = 0; index < count; index++) {
      const sha256 = index.toString(16).padStart(64, '0');
      const plain = row.map((value, axis) => value + ((index + axis) % 7));
      const intervened = new Map(
        Array.from({ length: 7 }, (_, which) => [which, plain.map((value) => value + which + 1)]),
      );
      collector.add({ environment: 0, class: index % 100, sha256, plain, intervened });
    }
    collector.finish();
    const value = (performance.now() - startedMs) / count;
    return { what: `accumulate, d = ${dimension}`, value, unit: 'ms/picture', note: 'one thread' };
  });
}

async function databaseBytes({ miniflare }: LocalStack): Promise<number> {
  const { meta } = await (await miniflare.getD1Database('DB')).prepare('SELECT 1').run();
  return meta.size_after;
}

/** Sums by what the key says after the tenant. */
async function storedBytes({ miniflare }: LocalStack): Promise<(kind: string) => number> {
  const bucket = await miniflare.getR2Bucket('BUCKET');
  const sums = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const page = await bucket.list(cursor === undefined ? {} : { cursor });
    for (const { key, size } of page.objects) {
      const kind = key.split('/')[2] ?? '';
      sums.set(kind, (sums.get(kind) ?? 0) + size);
    }
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return (kind) => sums.get(kind) ?? 0;
}
