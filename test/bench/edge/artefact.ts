// A projection as a fit would make it, of any shape: random orthogonal-ish rows and prototypes. Speed does not depend on
// what the numbers are.

import { type EncodedArtefact, encodeArtefact } from '#shared/codec/icm-file.ts';
import type { SelectionRow } from '#shared/contracts/fit.ts';
import { gaussianRows } from '../../shared/math/random.ts';

export type ArtefactShape = { readonly dimension: number; readonly kept: number; readonly labels: number };

export function makeArtefact({ dimension, kept, labels }: ArtefactShape): Promise<EncodedArtefact> {
  const row: SelectionRow = {
    head: 'zero-shot',
    estimator: 'icm',
    lambda: 1,
    dimension: kept,
    centred: false,
    scores: [0.5, 0.5],
    score: 0.5,
  };
  return encodeArtefact({
    header: {
      model: { id: 'benchmark', revision: '0'.repeat(64) },
      createdAt: '2026-01-01T00:00:00.000Z',
      embeddingDimension: dimension,
      labels: Array.from({ length: labels }, (_, index) => `label number ${index}`),
      templates: ['a picture of a {}'],
      selection: {
        mode: 'fixed',
        folds: [],
        heads: [
          { head: 'zero-shot', chosen: row, identity: row, gain: 0, standardError: 0, reason: 'fixed' },
        ],
        rows: [row],
        interventions: [],
      },
      spectrum: [1],
      source: { pictures: 0, failed: 0, environments: [], statisticsHash: '0'.repeat(64), seed: 0 },
    },
    heads: [
      {
        head: 'zero-shot',
        estimator: 'icm',
        lambda: 1,
        dimension: kept,
        logitScale: 100,
        temperature: 1,
        projection: gaussianRows(kept, dimension, 1),
        prototypes: gaussianRows(labels, kept, 2),
      },
    ],
  });
}
