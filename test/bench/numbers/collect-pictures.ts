// `node collect-pictures.ts MODEL_DIRECTORY PICTURES`: the worker's pass over so many photographs with every intervention, in a
// process of its own so that its memory can be told, and prints what it took as JSON.

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { EncodeOptions } from '#shared/contracts/fit.ts';
import { StatisticsHead } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { openEncoder } from '../../../gpu-worker/clip/encoder.ts';
import { collectStatistics } from '../../../gpu-worker/use-cases/collect-statistics.ts';
import { unwrap } from '../../shared/math/random.ts';
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
  const [modelDirectory = '', count = ''] = process.argv.slice(2);
  const photographs = await makePhotographs(Math.min(distinct, Number(count)));
  let runMs = 0;
  const encoder = unwrap(
    await openEncoder({
      modelDirectory,
      observer: { batchRun: (batch) => (runMs += batch.runMs), picturePrepared: () => undefined },
    }),
  );
  const items = Array.from({ length: Number(count) }, (_, index) => ({
    sha256: createHash('sha256').update(String(index)).digest('hex'),
    byteLength: photographs[index % photographs.length]?.byteLength ?? 0,
    environment: index % 4,
    class: Math.floor(index / 4) % 10,
  }));
  const head = StatisticsHead.parse({
    model: basename(modelDirectory),
    classes: Array.from({ length: 10 }, (_, index) => `class ${index}`),
    environments: Array.from({ length: 4 }, (_, index) => `environment ${index}`),
    encode: EncodeOptions.parse({}),
    items,
  });
  const stream = async function* () {
    for (const [index] of items.entries()) {
      yield ok(photographs[index % photographs.length] as Uint8Array<ArrayBuffer>);
    }
  };
  const startedMs = performance.now();
  const collected = unwrap(await collectStatistics({ head, items: stream() }, encoder, { lane: 'bulk' }));
  const ms = performance.now() - startedMs;
  if (collected.encoded !== items.length) throw new Error('a photograph was refused');
  await encoder.close();
  const cost: CollectCost = { ms, runMs, peakMiB: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(JSON.stringify(cost));
}
