// How much of a worker's cores goes into its pictures: JPEG in, embedding out over HTTP, against decoding and the model's
// run by themselves.

import path from 'node:path';
import { startGpuWorker } from '../../infra/local/gpu-worker-process.ts';
import { createSecrets } from '../../infra/local/local-secrets.ts';
import { projectRoot } from '../../infra/project-root.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { ensureVitBasePatch16 } from './make-vit-b16.ts';
import { alternate, median } from './measure.ts';
import { openEncodeLoad } from './worker/encode-load.ts';
import { openParts } from './worker/parts.ts';
import { makePhotographs } from './worker/photographs.ts';

const concurrency = 32;
const rounds = 5;

export const worker: Benchmark = {
  name: 'worker',
  summary: `pictures a second over HTTP at concurrency ${concurrency}, against the parts by themselves`,
  run: async (say) => {
    const photographs = await makePhotographs(concurrency);
    say('a model of ViT-B/16 in shape, written once');
    const large = await ensureVitBasePatch16();
    const nano = path.join(projectRoot, 'gpu-worker/models/nano-clip');
    const rows: Row[] = [];
    for (const [directory, pictures, atLeast] of [
      [nano, 1_000, 0.9],
      [large, 1.5 * concurrency, 0.97],
    ] as const) {
      say(`${path.basename(directory)}: ${rounds} rounds of ${pictures} pictures`);
      rows.push({ ...(await measureModel(directory, pictures, photographs)), bar: { atLeast } });
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
    const load = openEncodeLoad({ url: process.url, secret: workerSecret, model }, photographs, concurrency);
    await load.encode(concurrency);
    const ms = await alternate(
      { whole: () => load.encode(pictures), prepare: parts.prepare, run: parts.run },
      rounds,
    );
    await load.close();
    const shares = ms.whole.map((whole, round) => ((ms.prepare[round] ?? 0) + (ms.run[round] ?? 0)) / whole);
    const [whole, prepare, run] = [median(ms.whole), median(ms.prepare), median(ms.run)];
    return {
      what: `${model}: pictures a second, worker / parts`,
      value: median(shares),
      unit: 'ratio',
      note: `${(1000 / whole).toFixed(1)} / s; alone ${prepare.toFixed(2)} ms decode, ${run.toFixed(2)} ms run ${parts.manner}`,
    };
  } finally {
    await Promise.all([process.close(), parts.close()]);
  }
}
