// The parts of encoding by themselves, each with the machine to itself: decoding and preprocessing on all cores, and the
// model's run with the threads and at the batch size that suit it best, whichever the worker itself takes.

import { availableParallelism } from 'node:os';
import { preparedLength } from '#shared/pixels/preprocess.ts';
import { type Inference, openInference, type RemoteTower } from '../../../gpu-worker/clip/inference.ts';
import { type ModelDirectory, readModelDirectory } from '../../../gpu-worker/clip/model-directory.ts';
import type { TowerSpec } from '../../../gpu-worker/clip/tower-spec.ts';
import { maxSessions, type TowerThreads } from '../../../gpu-worker/clip/tower-threads.ts';
import { openPicturePool } from '../../../gpu-worker/pictures/picture-pool.ts';
import type { ViewPlan } from '../../../gpu-worker/pictures/prepare-views.ts';
import { unwrap } from '../../shared/math/random.ts';
import { timeMs } from '../measure.ts';

export type Parts = {
  /** How the model is run, in words. */
  readonly manner: string;
  /** Milliseconds a picture. */
  readonly prepare: () => Promise<number>;
  readonly run: () => Promise<number>;
  readonly close: () => Promise<void>;
};

const cores = availableParallelism();
const batchSizes = [1, 2, 4, 8, 16, 32];
const partMs = 1_500;

export async function openParts(
  modelDirectory: string,
  photographs: readonly Uint8Array<ArrayBuffer>[],
): Promise<Parts> {
  const directory = unwrap(await readModelDirectory(modelDirectory, { id: 'benchmark' }));
  const pool = openPicturePool(cores);
  const inference = openInference(maxSessions);
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
  await prepareAll();
  const fastest = await fastestManner(inference, directory, rowLength);
  return {
    manner: fastest.words,
    prepare: async () => (await eachMs(prepareAll)) / photographs.length,
    run: fastest.rowMs,
    close: async () => {
      await Promise.all([pool.close(), inference.close()]);
    },
  };
}

type Manner = { readonly words: string; readonly rowMs: () => Promise<number> };

/** All cores for one batch, or a batch on each: both ways the worker knows (gpu-worker/clip/tower-threads.ts). */
async function fastestManner(
  inference: Inference,
  directory: ModelDirectory,
  rowLength: number,
): Promise<Manner> {
  const sessions = Math.min(cores, maxSessions);
  const ways: TowerThreads[] = [
    { sessions: 1, intraOpThreads: cores },
    { sessions, intraOpThreads: Math.floor(cores / sessions) },
  ];
  let best: (Manner & { readonly ms: number }) | undefined;
  for (const threads of ways) {
    const tower = await openVision(inference, directory, threads);
    for (const rows of batchSizes) {
      const runOnce = () => runAtOnce(tower, rows, rowLength);
      const rowMs = async () => (await eachMs(runOnce)) / (rows * tower.sessions);
      await runOnce();
      const ms = await rowMs();
      const words = `in batches of ${rows}, ${tower.sessions} at once on ${threads.intraOpThreads} threads each`;
      if (best === undefined || ms < best.ms) best = { words, rowMs, ms };
    }
  }
  if (best === undefined) throw new Error('no way to run a model was tried');
  return best;
}

async function runAtOnce(tower: RemoteTower, rows: number, rowLength: number): Promise<void> {
  const runs = Array.from({ length: tower.sessions }, () =>
    tower.run(new Float32Array(rows * rowLength).fill(0.5), rows),
  );
  await Promise.all(runs);
}

async function openVision(
  inference: Inference,
  directory: ModelDirectory,
  { sessions, intraOpThreads }: TowerThreads,
): Promise<RemoteTower> {
  const { crop } = directory.preprocessing;
  const spec: TowerSpec = {
    file: directory.visionFile,
    input: { kind: 'pictures', ...crop },
    outputNames: directory.family.outputs.vision,
    executionProvider: 'cpu',
    intraOpThreads,
    maxBatch: 2,
  };
  return unwrap(await inference.openTower(spec, sessions));
}

/** Mean milliseconds of one call, over calls for at least `partMs`. */
async function eachMs(work: () => Promise<unknown>): Promise<number> {
  let total = 0;
  let calls = 0;
  for (; total < partMs; calls++) total += await timeMs(work);
  return total / calls;
}
