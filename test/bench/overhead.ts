// What a fit costs beside the encoding that it cannot do without: interventions, statistics, selection and solve.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { ensureVitBasePatch16 } from './make-vit-b16.ts';
import { median } from './measure.ts';
import type { CollectCost } from './numbers/collect-pictures.ts';
import type { SolveCost } from './numbers/solve-file.ts';
import { syntheticStatistics } from './numbers/synthetic-statistics.ts';
import { runScript } from './run-script.ts';

/** Encoding a thousand pictures eight ways takes minutes: these few are measured, and counted up. */
const encoded = 12;
const pictures = 1_000;
const shape = { dimension: 512, pictures, environments: 4, classes: 10, interventions: 7 };
const rounds = 5;

const collectScript = new URL('numbers/collect-pictures.ts', import.meta.url).pathname;
const solveScript = new URL('numbers/solve-file.ts', import.meta.url).pathname;

export const overhead: Benchmark = {
  name: 'overhead',
  summary: `time outside encoding in a fit of ${pictures} pictures with a model of ViT-B/16 in shape`,
  run: async (say) => {
    const model = await ensureVitBasePatch16();
    const directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-bench-'));
    try {
      const file = path.join(directory, 'fit.stats');
      await writeFile(file, await syntheticStatistics(shape));
      say(`${rounds} rounds: ${encoded} pictures encoded, statistics of ${pictures} solved`);
      const passes: CollectCost[] = [];
      const solves: SolveCost[] = [];
      for (let round = 0; round < rounds; round++) {
        passes.push(await runScript(process.execPath, [collectScript, model, String(encoded)]));
        solves.push(await runScript(process.execPath, [solveScript, file]));
      }
      const encodingMs = median(passes.map(({ runMs }) => runMs / encoded));
      const besideMs = median(passes.map(({ ms, runMs }) => (ms - runMs) / encoded));
      const solveMs = median(solves.map(({ ms }) => ms));
      return [
        {
          what: 'outside encoding / encoding',
          value: (besideMs + solveMs / pictures) / encodingMs,
          unit: 'ratio',
          bar: { atMost: 0.15 },
          note: `a picture: ${encodingMs.toFixed(0)} ms in the model, ${besideMs.toFixed(0)} ms waiting for pictures and sums; auto ${(solveMs / 1000).toFixed(1)} s in all`,
        },
      ];
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};
