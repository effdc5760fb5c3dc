// The parts of encoding by themselves, each with the machine to itself: decoding and preprocessing on all cores, and the
// model's run at the batch size that suits it best.

import { availableParallelism } from 'node:os';
import { preparedLength } from '#shared/pixels/preprocess.ts';
import { type ModelDirectory, readModelDirectory } from '../../../gpu-worker/clip/model-directory.ts';
import { openTower, type Tower } from '../../../gpu-worker/clip/session.ts';
import { openPicturePool } from '../../../gpu-worker/pictures/picture-pool.ts';
import type { ViewPlan } from '../../../gpu-worker/pictures/prepare-views.ts';
import { unwrap } from '../../shared/math/random.ts';
import { timeMs } from '../measure.ts';

export type Parts = {
  readonly batchSize: number;
  /** Milliseconds a picture. */
  readonly prepare: () => Promise<number>;
  readonly run: () => Promise<number>;
  readonly close: () => Promise<void>;
};

const batchSizes = [1, 2, 4, 8, 16, 32];
const partMs = 1_500;

export async function openParts(
  modelDirectory: string,
  photographs: readonly Uint8Array<ArrayBuffer>[],
): Promise<Parts> {
  const directory = unwrap(await readModelDirectory(modelDirectory, { id: 'benchmark' }));
  const pool = openPicturePool(availableParallelism());
  const tower = await openVision(directory);
  const rowLength = preparedLength(directory.preprocessing);
  const plan: ViewPlan = {
    preprocessing: directory.preprocessing,
    limits: { maxPixels: 2 ** 26, maxBytes: 2 ** 25, timeoutMs: 60_000 },
    plain: true,
    interventions: [],
    seed: 0,
    contentSha256: '',
  };
  const prepareAll = () =>
    Promise.all(photographs.map(async (bytes) => unwrap(await pool.prepare(bytes, plan, { lane: 'bulk' }))));
  const runBatch = (rows: number) => () => tower.run(new Float32Array(rows * rowLength).fill(0.5), rows);
  await prepareAll();
  const batchSize = await fastestBatch(runBatch);
  return {
    batchSize,
    prepare: async () => (await eachMs(prepareAll)) / photographs.length,
    run: async () => (await eachMs(runBatch(batchSize))) / batchSize,
    close: async () => {
      await Promise.all([pool.close(), tower.release()]);
    },
  };
}

async function openVision(directory: ModelDirectory): Promise<Tower> {
  const { crop } = directory.preprocessing;
  return unwrap(
    await openTower({
      file: directory.visionFile,
      input: { kind: 'pictures', ...crop },
      outputNames: directory.family.outputs.vision,
      executionProvider: 'cpu',
      intraOpThreads: availableParallelism(),
      maxBatch: 2,
    }),
  );
}

async function fastestBatch(runBatch: (rows: number) => () => Promise<unknown>): Promise<number> {
  const times: { readonly rows: number; readonly rowMs: number }[] = [];
  for (const rows of batchSizes) {
    await runBatch(rows)();
    times.push({ rows, rowMs: (await eachMs(runBatch(rows))) / rows });
  }
  return times.reduce((best, candidate) => (candidate.rowMs < best.rowMs ? candidate : best)).rows;
}

/** Mean milliseconds of one call, over calls for at least `partMs`. */
async function eachMs(work: () => Promise<unknown>): Promise<number> {
  let total = 0;
  let calls = 0;
  for (; total < partMs; calls++) total += await timeMs(work);
  return total / calls;
}
