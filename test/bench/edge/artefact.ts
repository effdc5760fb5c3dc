// A projection as a fit would make it, of any shape: random orthogonal-ish rows and prototypes. Speed does not depend on
// what the numbers are.

import { type EncodedArtefact, encodeArtefact } from '#shared/codec/icm-file.ts';
import { gaussianRows } from '../../shared/math/random.ts';

export type ArtefactShape = { readonly dimension: number; readonly kept: number; readonly labels: number };

export function makeArtefact({ dimension, kept, labels }: ArtefactShape): Promise<EncodedArtefact> {
  const mode = {
    choice: 'edits',
    estimator: 'icm',
    lambda: 1,
    dimension: kept,
    centred: true,
    temperature: 1,
    reason: 'made up',
  } as const;
  const projection = gaussianRows(kept, dimension, 1);
  const prototypes = gaussianRows(labels, kept, 2);
  const { reason: _, ...answering } = mode;
  const fitted = { ...answering, head: 'zero-shot', logitScale: 100, projection, prototypes } as const;
  const mean = new Float32Array(dimension).fill(0.01);
  return encodeArtefact({
    header: {
      model: { id: 'benchmark', revision: '0'.repeat(64) },
      createdAt: '2026-01-01T00:00:00.000Z',
      embeddingDimension: dimension,
      labels: Array.from({ length: labels }, (_, index) => `label number ${index}`),
      templates: ['a picture of a {}'],
      report: {
        sources: [],
        heads: [{ head: 'zero-shot', profiled: mode, unprofiled: mode, candidates: [] }],
        interventions: [],
        warnings: [],
      },
      spectrum: [1],
      source: {
        pictures: 1,
        failed: 0,
        environments: [{ name: 'a', pictures: 1, trace: 1 }],
        statisticsHash: '0'.repeat(64),
        seed: 0,
      },
    },
    heads: [{ head: 'zero-shot', unprofiled: fitted, profiled: fitted }],
    sources: { mean, means: mean, variances: new Map() },
  });
}
