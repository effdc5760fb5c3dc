// `node solve-file.ts FILE HEADS`: solves a `.stats` file with everything left to `auto`, for the heads named, comma-separated, in a process of its own so that its memory
// can be told, and prints what it took as JSON.

import { readFile } from 'node:fs/promises';
import { decodeStatistics } from '#shared/codec/stats-file.ts';
import { SolveOptions } from '#shared/contracts/fit.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { solveStatistics } from '../../../gpu-worker/numbers/solve-statistics.ts';
import { gaussianRows, unwrap } from '../../shared/math/random.ts';
import { peakMiB } from '../processes.ts';

export type SolveCost = { readonly ms: number; readonly peakMiB: number };

if (import.meta.main) {
  const bytes = new Uint8Array(await readFile(process.argv[2] ?? ''));
  const startedMs = performance.now();
  const file = unwrap(await decodeStatistics(bytes));
  const { dimension } = file.statistics;
  const prototypes = gaussianRows(file.classes.length, dimension, 1);
  normaliseRows(prototypes, dimension);
  unwrap(
    await solveStatistics(file, '0'.repeat(64), {
      solve: SolveOptions.parse({ heads: process.argv[3]?.split(',') }),
      createdAt: '2026-01-01T00:00:00.000Z',
      labels: file.classes,
      prototypes,
      textPairs: undefined,
      logitScale: 100,
    }),
  );
  const cost: SolveCost = {
    ms: performance.now() - startedMs,
    peakMiB: peakMiB(process.pid) ?? Number.NaN,
  };
  process.stdout.write(JSON.stringify(cost));
}
