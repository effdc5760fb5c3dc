// An artefact as somebody might upload it, small and made without a fit: for tests of what becomes of it.

import { encodeArtefact } from '#shared/codec/icm-file.ts';
import type { SelectionRow } from '#shared/contracts/fit.ts';
import { gaussianRows } from '../shared/math/random.ts';

export const smallDimension = 5;

export async function smallArtefact(
  labels: readonly string[] = ['cat', 'dog'],
): Promise<Uint8Array<ArrayBuffer>> {
  const row: SelectionRow = {
    head: 'zero-shot',
    estimator: 'icm',
    lambda: 1,
    dimension: 3,
    centred: false,
    scores: [1],
    score: 1,
  };
  const { bytes } = await encodeArtefact({
    header: {
      model: { id: 'nano-clip', revision: 'c'.repeat(64) },
      createdAt: '2026-01-02T03:04:05.000Z',
      embeddingDimension: smallDimension,
      labels: [...labels],
      templates: ['a picture of a {}'],
      selection: {
        mode: 'fixed',
        folds: ['a'],
        heads: [
          { head: 'zero-shot', chosen: row, identity: row, gain: 0, standardError: 0, reason: 'as asked' },
        ],
        rows: [row],
        interventions: [],
      },
      spectrum: [3, 2, 1, 0.5, 0.25],
      source: {
        pictures: 4,
        failed: 0,
        environments: [{ name: 'a', pictures: 4 }],
        statisticsHash: 'd'.repeat(64),
        seed: 0,
      },
    },
    heads: [
      {
        head: 'zero-shot',
        estimator: 'icm',
        lambda: 1,
        dimension: 3,
        logitScale: 100,
        temperature: 1,
        projection: gaussianRows(3, smallDimension, 1),
        prototypes: gaussianRows(labels.length, 3, 2),
      },
    ],
  });
  return bytes;
}
