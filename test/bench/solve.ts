// The arithmetic of a fit: one eigen-decomposition against the libraries that people would use, and all of `auto`.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { eigenSymmetric } from '#shared/math/linear/eigen-symmetric.ts';
import { randomSymmetric, unwrap } from '../shared/math/random.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { alternate, median, medianRatio, timeMs } from './measure.ts';
import { findNumpy, numpyEigen } from './numbers/numpy.ts';
import type { SolveCost } from './numbers/solve-file.ts';
import { syntheticStatistics } from './numbers/synthetic-statistics.ts';
import { runScript } from './run-script.ts';

const dimension = 512;
const auto = { dimension, pictures: 10_000, environments: 4, classes: 50, interventions: 7 };

export const solve: Benchmark = {
  name: 'solve',
  summary: `the eigenproblem at d = ${dimension}, and auto over ${auto.pictures} pictures`,
  run: async (say) => [...(await compareEigen(say)), ...(await measureAuto(say))],
};

async function compareEigen(say: (progress: string) => void): Promise<Row[]> {
  const matrix = randomSymmetric(dimension, dimension, 1);
  const python = await findNumpy();
  say(python === undefined ? 'there is no NumPy here' : `NumPy by ${python}, one thread`);
  const ours = () => timeMs(() => unwrap(eigenSymmetric(matrix, dimension)));
  const mlMatrix = () => {
    const copy = Matrix.from1DArray(dimension, dimension, matrix);
    return timeMs(() => new EigenvalueDecomposition(copy, { assumeSymmetric: true }));
  };
  // A fit makes a dozen decompositions and more: compiled by the time they are measured.
  await alternate({ ours, mlMatrix }, 3);
  const times = await alternate({
    ours,
    mlMatrix,
    numpy: async () => (python === undefined ? Number.NaN : (await numpyEigen(python, matrix)).ms),
  });
  const each = (name: keyof typeof times) => `${median(times[name]).toFixed(0)} ms`;
  const rows: Row[] = [
    {
      what: 'eigen-decomposition, ml-matrix / ours',
      value: medianRatio(times.mlMatrix, times.ours),
      unit: 'ratio',
      bar: { atLeast: 2 },
      note: `${each('mlMatrix')} / ${each('ours')}`,
    },
  ];
  if (python !== undefined) {
    rows.unshift({
      what: "eigen-decomposition, ours / NumPy's eigh",
      value: medianRatio(times.ours, times.numpy),
      unit: 'ratio',
      bar: { atMost: 5 },
      note: `${each('ours')} / ${each('numpy')}`,
    });
  }
  return rows;
}

async function measureAuto(say: (progress: string) => void): Promise<Row[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-bench-'));
  try {
    say(`statistics of ${auto.pictures} pictures`);
    const file = path.join(directory, 'auto.stats');
    await writeFile(file, await syntheticStatistics(auto));
    const script = new URL('numbers/solve-file.ts', import.meta.url).pathname;
    const solveTimes = async (heads: string, rounds: number): Promise<SolveCost[]> => {
      say(`auto, ${heads}, ${rounds} times`);
      const costs: SolveCost[] = [];
      for (let round = 0; round < rounds; round++) {
        costs.push(await runScript(process.execPath, [script, file, heads]));
      }
      return costs;
    };
    const costs = await solveTimes('zero-shot', 5);
    const withProbe = await solveTimes('zero-shot,probe', 3);
    const seconds = (of: readonly SolveCost[]) => median(of.map(({ ms }) => ms)) / 1000;
    return [
      {
        what: 'auto, zero-shot',
        value: seconds(costs),
        unit: 's',
        bar: { atMost: 3 },
        note: `${auto.environments} environments, ${auto.classes} classes, ${auto.interventions} interventions`,
      },
      { what: 'auto, what a probe adds', value: seconds(withProbe) - seconds(costs), unit: 's' },
      {
        what: 'auto, memory',
        value: Math.max(...[...costs, ...withProbe].map(({ peakMiB }) => peakMiB)),
        unit: 'MiB',
        bar: { atMost: 1024 },
        note: 'the process at its largest',
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
