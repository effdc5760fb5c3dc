// An artefact as somebody might upload it, small and made without a fit: for tests of what becomes of it.

import { encodeArtefact } from '#shared/codec/icm-file.ts';
import { gaussianRows } from '../shared/math/random.ts';

export const smallDimension = 5;

export async function smallArtefact(
  labels: readonly string[] = ['cat', 'dog'],
  /** Over the numbers of its head. */
  numbers: Readonly<Record<string, unknown>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const mode = {
    choice: 'fixed',
    estimator: 'icm',
    lambda: 1,
    dimension: 3,
    centred: true,
    temperature: 1,
  } as const;
  const reported = { ...mode, reason: 'as asked' };
  const fitted = {
    ...mode,
    head: 'zero-shot',
    logitScale: 100,
    projection: gaussianRows(3, smallDimension, 1),
    prototypes: gaussianRows(labels.length, 3, 2),
    ...numbers,
  } as const;
  const mean = gaussianRows(1, smallDimension, 3).map((value) => 0.1 * value);
  const { bytes } = await encodeArtefact({
    header: {
      model: { id: 'nano-clip', revision: 'c'.repeat(64) },
      createdAt: '2026-01-02T03:04:05.000Z',
      embeddingDimension: smallDimension,
      labels: [...labels],
      templates: ['a picture of a {}'],
      report: {
        sources: [{ name: 'a', pictures: 4, labelled: 4, role: 'estimated' }],
        heads: [{ head: 'zero-shot', profiled: reported, unprofiled: reported, candidates: [] }],
        interventions: [],
        warnings: [],
      },
      spectrum: [3, 2, 1, 0.5, 0.25],
      source: {
        pictures: 4,
        failed: 0,
        environments: [{ name: 'a', pictures: 4, trace: 0.5 }],
        statisticsHash: 'd'.repeat(64),
        seed: 0,
      },
    },
    heads: [{ head: 'zero-shot', unprofiled: { ...fitted, centred: false }, profiled: fitted }],
    sources: { means: mean, mean, variances: new Map() },
  });
  return bytes;
}
