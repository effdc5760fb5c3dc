// How much of a worker's cores goes into its pictures: JPEG in, embedding out over HTTP, against decoding and the model's
// run by themselves.

import path from 'node:path';
import { sha256Hex } from '#shared/digest.ts';
import { createGpuWorkerClient, type GpuWorkerClient } from '../../edge/clients/gpu-worker.ts';
import { projectRoot } from '../../infra/local/edge-bundle.ts';
import { startGpuWorker } from '../../infra/local/gpu-worker-process.ts';
import { createSecrets } from '../../infra/local/local-secrets.ts';
import { unwrap } from '../shared/math/random.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { ensureVitBasePatch16 } from './make-vit-b16.ts';
import { alternate, median } from './measure.ts';
import { openParts } from './worker/parts.ts';
import { makePhotographs } from './worker/photographs.ts';

const concurrency = 32;
const rounds = 5;

type Photograph = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
  readonly byteLength: number;
};

export const worker: Benchmark = {
  name: 'worker',
  summary: `pictures a second over HTTP at concurrency ${concurrency}, against the parts by themselves`,
  run: async (say) => {
    const photographs = await makePhotographs(concurrency);
    say('a model of ViT-B/16 in shape, written once');
    const large = await ensureVitBasePatch16();
    const nano = path.join(projectRoot, 'gpu-worker/models/nano-clip');
    const rows: Row[] = [];
    for (const [directory, pictures] of [
      [nano, 1_000],
      [large, 1.5 * concurrency],
    ] as const) {
      say(`${path.basename(directory)}: ${rounds} rounds of ${pictures} pictures`);
      rows.push(await measureModel(directory, pictures, photographs));
    }
    return rows;
  },
};

async function measureModel(
  directory: string,
  pictures: number,
  photographs: readonly Uint8Array<ArrayBuffer>[],
): Promise<Row> {
  const { workerSecret } = createSecrets();
  const model = path.basename(directory);
  const parts = await openParts(directory, photographs);
  const process = await startGpuWorker({
    secret: workerSecret,
    modelsDirectory: path.dirname(directory),
    model,
    environment: { LOG_LEVEL: 'warn' },
  });
  try {
    // A busy machine may need longer than `ready` waits for so large a model.
    await process.ready().catch(() => process.ready());
    const client = createGpuWorkerClient({ endpoints: [process.url], secret: workerSecret });
    const described = await Promise.all(
      photographs.map(async (bytes) => ({ bytes, sha256: await sha256Hex(bytes), byteLength: bytes.length })),
    );
    const encode = (count: number) => encodeAll(client, model, described, count);
    await encode(concurrency);
    const ms = await alternate(
      { whole: () => encode(pictures), prepare: parts.prepare, run: parts.run },
      rounds,
    );
    const shares = ms.whole.map((whole, round) => ((ms.prepare[round] ?? 0) + (ms.run[round] ?? 0)) / whole);
    const [whole, prepare, run] = [median(ms.whole), median(ms.prepare), median(ms.run)];
    return {
      what: `${model}: pictures a second, worker / parts`,
      value: median(shares),
      unit: 'ratio',
      bar: { atLeast: 0.85 },
      note: `${(1000 / whole).toFixed(1)} / s; alone ${prepare.toFixed(2)} ms decode, ${run.toFixed(2)} ms run in batches of ${parts.batchSize}`,
    };
  } finally {
    await Promise.all([process.close(), parts.close()]);
  }
}

/** Milliseconds a picture, a request each, as many under way as `concurrency`. */
async function encodeAll(
  client: GpuWorkerClient,
  model: string,
  photographs: readonly Photograph[],
  count: number,
): Promise<number> {
  let next = 0;
  const signal = new AbortController().signal;
  const one = async () => {
    while (next < count) {
      const { bytes, sha256, byteLength } = photographs[next++ % photographs.length] as Photograph;
      const head = { model, items: [{ sha256, byteLength }], seed: 0 };
      const context = { lane: 'interactive', signal, requestId: `bench-${next}` } as const;
      const encoded = unwrap(await client.encodePictures(head, [bytes], context));
      if (encoded.failures.length > 0) throw new Error('a photograph was refused');
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: concurrency }, one));
  return (performance.now() - startedMs) / count;
}
