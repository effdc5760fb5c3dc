// What a batch of many photographs costs beside the encoding that it cannot do without: the whole stack on this machine, against its
// own worker asked directly before and after, and whether memory stays as it is while the batch runs.

import { setTimeout as delay } from 'node:timers/promises';
import type { TreePicture } from '#client/upload-tree.ts';
import {
  datasetName,
  type LoadTenant,
  makeTenant,
  temporaryDirectory,
  uploadPictures,
} from '../load/support/load-tenant.ts';
import { type LoadStack, openStack } from '../load/support/open-stack.ts';
import { cpuOf, residentMebibytes } from '../load/support/process-use.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { median } from './measure.ts';
import { openEncodeLoad } from './worker/encode-load.ts';
import { makePhotographs } from './worker/photographs.ts';

const pictures = 10_000;
/** Asked of the worker alone, before and after. */
const alone = 1_500;
const concurrency = 32;
const labels = ['cat', 'dog', 'pizza', 'tulip', 'whale'];
/** Of the batch, done before memory is judged: pools and the collector have found their size by then. */
const warmUpShare = 0.2;
const lookEveryMs = 250;

export const batch: Benchmark = {
  name: 'batch',
  summary: `a batch classification of ${pictures} photographs, against its worker alone`,
  run: async (say) => {
    const photographs = await makePhotographs(concurrency);
    const stack = await openStack({ stateDirectory: await temporaryDirectory() });
    try {
      return await measure(stack, photographs, say);
    } finally {
      await stack.close();
    }
  },
};

async function measure(
  stack: LoadStack,
  photographs: readonly Uint8Array<ArrayBuffer>[],
  say: (progress: string) => void,
): Promise<Row[]> {
  const tenant = await makeTenant(stack, 'batch');
  say(`uploading ${pictures} photographs`);
  await uploadPictures(tenant, distinct(photographs));
  const target = { url: stack.workerUrls[0] ?? '', secret: stack.workerSecret ?? '', model: 'nano-clip' };
  const load = openEncodeLoad(target, photographs, concurrency);
  await load.encode(concurrency);
  say(`the worker alone: ${alone}`);
  const before = await load.encode(alone);
  say('the batch');
  const { seconds, samples, cpu } = await classifyAll(stack, tenant);
  say(`the worker alone: ${alone}`);
  const after = await load.encode(alone);
  await load.close();
  const [rate, own] = [pictures / seconds, 2000 / (before + after)];
  return [
    {
      what: 'pictures a second, batch / worker',
      value: rate / own,
      unit: 'ratio',
      bar: { atLeast: 0.9 },
      note: `${rate.toFixed(0)} a second, ${seconds.toFixed(0)} s in all; the worker alone ${(1000 / before).toFixed(0)} before, ${(1000 / after).toFixed(0)} after`,
    },
    {
      what: 'CPU of the edge, a picture',
      value: (1000 * cpu.edge) / pictures,
      unit: 'ms',
      note: `of the worker ${((1000 * cpu.worker) / pictures).toFixed(2)} ms; R2 and D1 are in the edge's process here`,
    },
    memoryRow('worker', samples),
    memoryRow('edge', samples),
  ];
}

/** Each with bytes of its own: a comment behind the start of the JPEG. */
function* distinct(photographs: readonly Uint8Array<ArrayBuffer>[]): Generator<TreePicture> {
  for (let index = 0; index < pictures; index++) {
    const text = Buffer.from(String(index).padStart(8, '0'));
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, text.length + 2]), text]);
    const jpeg = photographs[index % photographs.length] as Uint8Array<ArrayBuffer>;
    const data = new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]));
    const label = labels[index % labels.length] ?? '';
    yield { environment: 'field', class: label, filename: `${index}.jpg`, data };
  }
}

type Sample = { readonly done: number; readonly worker: number; readonly edge: number };

async function classifyAll(stack: LoadStack, { client }: LoadTenant) {
  const [workers, edges] = await Promise.all([stack.workerPids(), stack.edgePids()]);
  const [worker, edge] = [workers[0], edges[0]];
  const samples: Sample[] = [];
  const used = async () => ({ worker: await cpuOf(workers), edge: await cpuOf(edges) });
  const before = await used();
  const startedMs = performance.now();
  const { job, batch: made } = await client.classifyBatch({ from: { dataset: datasetName }, labels });
  for (;;) {
    const { progress, finishedAt, status } = await client.jobs.get(job.id);
    samples.push({
      done: progress.done,
      worker: await residentMebibytes(worker),
      edge: await residentMebibytes(edge),
    });
    if (finishedAt !== undefined) {
      const seconds = (performance.now() - startedMs) / 1000;
      const { summary } = await client.batches.get(made.id);
      if (status !== 'succeeded' || summary?.failed !== 0) throw new Error(`the batch ended as ${status}`);
      const after = await used();
      const cpu = { worker: after.worker - before.worker, edge: after.edge - before.edge };
      return { seconds, samples, cpu };
    }
    await delay(lookEveryMs);
  }
}

/** Medians of the two halves: a single look falls before or after a collection by chance. */
function memoryRow(of: 'worker' | 'edge', samples: readonly Sample[]): Row {
  const from = warmUpShare * pictures;
  const middle = (from + pictures) / 2;
  const medianOf = (begin: number, end: number) =>
    median(samples.filter(({ done }) => done >= begin && done < end).map((sample) => sample[of]));
  const [first, second] = [medianOf(from, middle), medianOf(middle, pictures)];
  return {
    what: `resident memory of the ${of}, second half / first`,
    value: second / first,
    unit: 'ratio',
    bar: { atMost: 1.1 },
    note: `${second.toFixed(0)} / ${first.toFixed(0)} MiB, after the first ${from} pictures`,
  };
}
