// How cost grows: a fit with its pictures, a classification with its labels, and a refit with the pictures behind it.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { classify } from '#shared/math/answer/classify.ts';
import { compileHead } from '#shared/math/answer/compiled-head.ts';
import type { FittedHead } from '#shared/math/answer/fitted-head.ts';
import { holdRowsWith } from '#shared/math/kernels/held-rows.ts';
import { kernelModule } from '#shared/math/kernels/workspace.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { projectRoot } from '../../infra/project-root.ts';
import { gaussianRows } from '../shared/math/random.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { alternate, logLogSlope, median, timeMs } from './measure.ts';
import type { CollectCost } from './numbers/collect-pictures.ts';
import type { SolveCost } from './numbers/solve-file.ts';
import { syntheticStatistics } from './numbers/synthetic-statistics.ts';
import { runScript } from './run-script.ts';

const fitSizes = [200, 400, 800, 1_600];
/** Run before, so that what is compiled and loaded once is not counted as growth. */
const picturesBefore = 64;
const labelCounts = [1_000, 2_000, 4_000, 8_000];
/** From 2,000 pictures an environment on, the sample that `auto` chooses by is full. */
const refitSizes = [8_000, 16_000, 32_000];
const nanoClip = path.join(projectRoot, 'gpu-worker/models/nano-clip');

export const growth: Benchmark = {
  name: 'growth',
  summary: 'a fit with its pictures, a classification with its labels, a refit with what is behind it',
  run: async (say) => {
    say(`the pass of a fit over ${fitSizes.join(', ')} pictures`);
    const fits = await growFits();
    say(`classifications among ${labelCounts.join(', ')} labels`);
    const labels = await growLabels();
    say(`refits from ${refitSizes.join(', ')} pictures`);
    return [...fits, labels, await growRefits()];
  },
};

async function growFits(): Promise<Row[]> {
  const script = new URL('numbers/collect-pictures.ts', import.meta.url).pathname;
  const costs = new Map<number, CollectCost[]>(fitSizes.map((size) => [size, []]));
  for (let round = 0; round < 3; round++) {
    for (const [size, list] of costs)
      list.push(await runScript(process.execPath, [script, nanoClip, `${size}`, `${picturesBefore}`]));
  }
  const times = medians(costs, ({ ms }) => ms);
  const memory = medians(costs, ({ peakMiB }) => peakMiB);
  const [least, most] = [memory[0]?.[1] ?? 0, memory.at(-1)?.[1] ?? 0];
  return [
    {
      what: 'fit: time over pictures, log-log slope',
      value: logLogSlope(times),
      unit: 'ratio',
      bar: { from: 0.9, to: 1.1 },
      note: times.map(([size, ms]) => `${size}: ${(ms / 1000).toFixed(1)} s`).join(', '),
    },
    {
      what: `fit: memory, ${fitSizes.at(-1)} / ${fitSizes[0]} pictures`,
      value: most / least,
      unit: 'ratio',
      note: `${most.toFixed(0)} MiB / ${least.toFixed(0)} MiB, the process at its largest`,
    },
  ];
}

async function growLabels(): Promise<Row> {
  const [dimension, kept] = [512, 256];
  const hold = holdRowsWith(kernelModule());
  const embedding = gaussianRows(1, dimension, 3);
  normaliseRows(embedding, dimension);
  const tasks = labelCounts.map((labels) => {
    const head: FittedHead = {
      head: 'zero-shot',
      choice: 'fixed',
      centred: false,
      estimator: 'icm',
      dimension: kept,
      logitScale: 100,
      temperature: 1,
      projection: gaussianRows(kept, dimension, 1),
      prototypes: gaussianRows(labels, kept, 2),
    };
    const compiled = compileHead(head, dimension, undefined, hold);
    const many = () => {
      for (let call = 0; call < 200; call++) classify(compiled, embedding, 1);
    };
    return [`${labels}`, async () => (await timeMs(many)) / 200] as const;
  });
  for (const [, task] of tasks) await task();
  const times = await alternate(Object.fromEntries(tasks), 7);
  const points = labelCounts.map((labels) => [labels, median(times[`${labels}`] ?? [])] as const);
  return {
    what: 'classify: time over labels, log-log slope',
    value: logLogSlope(points),
    unit: 'ratio',
    bar: { from: 0.8, to: 1.1 },
    note: points.map(([labels, ms]) => `${labels}: ${(1000 * ms).toFixed(0)} µs`).join(', '),
  };
}

async function growRefits(): Promise<Row> {
  const script = new URL('numbers/solve-file.ts', import.meta.url).pathname;
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-bench-'));
  try {
    const files = new Map<number, string>();
    for (const pictures of refitSizes) {
      const file = path.join(directory, `${pictures}.stats`);
      const shape = { dimension: 256, pictures, environments: 4, classes: 20, interventions: 2 };
      await writeFile(file, await syntheticStatistics(shape));
      files.set(pictures, file);
    }
    const costs = new Map<number, SolveCost[]>(refitSizes.map((size) => [size, []]));
    for (let round = 0; round < 5; round++) {
      for (const [size, file] of files)
        costs.get(size)?.push(await runScript(process.execPath, [script, file]));
    }
    const times = medians(costs, ({ ms }) => ms);
    return {
      what: 'refit: time over pictures, log-log slope',
      value: logLogSlope(times),
      unit: 'ratio',
      bar: { from: -0.1, to: 0.1 },
      note: times.map(([size, ms]) => `${size}: ${(ms / 1000).toFixed(1)} s`).join(', '),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function medians<Cost>(
  costs: ReadonlyMap<number, readonly Cost[]>,
  of: (cost: Cost) => number,
): (readonly [number, number])[] {
  return [...costs].map(([size, list]) => [size, median(list.map(of))] as const);
}
