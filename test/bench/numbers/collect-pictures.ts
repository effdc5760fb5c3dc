// `node collect-pictures.ts MODEL_DIRECTORY PICTURES [BEFORE]`: the worker's pass over so many photographs with every intervention, after
// a pass over some before that is not measured, in a process of its own so that its memory can be told. Prints what it took as JSON.

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { EncodeOptions } from '#shared/contracts/fit.ts';
import { StatisticsHead } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { type Encoder, openEncoder } from '../../../gpu-worker/clip/encoder.ts';
import { collectStatistics } from '../../../gpu-worker/use-cases/collect-statistics.ts';
import { unwrap } from '../../shared/math/random.ts';
import { peakMiB } from '../processes.ts';
import { makePhotographs } from '../worker/photographs.ts';

export type CollectCost = {
  readonly ms: number;
  /** Of `ms`, while the model was running. */
  readonly runMs: number;
  readonly peakMiB: number;
};

/** Drawn once and sent again under other hashes: neither the time nor the memory of the pass depends on it. */
const distinct = 16;

if (import.meta.main) {
  const [modelDirectory = '', pictures = '', before = '0'] = process.argv.slice(2);
  const photographs = await makePhotographs(distinct);
  let runMs = 0;
  const encoder = unwrap(
    await openEncoder({
      modelDirectory,
      observer: { batchRun: (batch) => (runMs += batch.runMs), picturePrepared: () => undefined },
    }),
  );
  const model = basename(modelDirectory);
  if (Number(before) > 0) await collect(encoder, model, photographs, Number(before));
  runMs = 0;
  const startedMs = performance.now();
  await collect(encoder, model, photographs, Number(pictures));
  const ms = performance.now() - startedMs;
  await encoder.close();
  const cost: CollectCost = { ms, runMs, peakMiB: peakMiB(process.pid) ?? Number.NaN };
  process.stdout.write(JSON.stringify(cost));
}

async function collect(
  encoder: Encoder,
  model: string,
  photographs: readonly Uint8Array<ArrayBuffer>[],
  count: number,
): Promise<void> {
  const photograph = (index: number) => photographs[index % photographs.length] as Uint8Array<ArrayBuffer>;
  const items = Array.from({ length: count }, (_, index) => ({
    sha256: createHash('sha256').update(String(index)).digest('hex'),
    byteLength: photograph(index).byteLength,
    environment: index % 4,
    class: Math.floor(index / 4) % 10,
  }));
  const head = StatisticsHead.parse({
    model,
    classes: Array.from({ length: 10 }, (_, index) => `class ${index}`),
    environments: Array.from({ length: 4 }, (_, index) => `environment ${index}`),
    encode: EncodeOptions.parse({}),
    items,
  });
  const stream = async function* () {
    // Whoever takes a file owns its memory.
    for (const index of items.keys()) yield ok(photograph(index).slice());
  };
  const collected = unwrap(await collectStatistics({ head, items: stream() }, encoder, { lane: 'bulk' }));
  if (collected.encoded !== count) throw new Error('a photograph was refused');
}
