// An artefact as somebody might upload it, small and made without a fit: for tests of what becomes of it.

import { encodeArtefact } from '#shared/codec/icm-file.ts';
import type { FittedHead } from '#shared/math/answer/fitted-head.ts';
import { gaussianRows } from '../shared/math/random.ts';

export const smallDimension = 5;
export const smallModel = { id: 'nano-clip', revision: 'c'.repeat(64) };

export async function smallArtefact(
  labels: readonly string[] = ['cat', 'dog'],
  /** Over the numbers of its head. */
  numbers: Readonly<Record<string, unknown>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return artefactOf({
    labels,
    templates: ['a picture of a {}'],
    head: {
      dimension: 3,
      logitScale: 100,
      projection: gaussianRows(3, smallDimension, 1),
      prototypes: gaussianRows(labels.length, 3, 2),
      ...numbers,
    },
    mean: gaussianRows(1, smallDimension, 3).map((value) => 0.1 * value),
    spectrum: [3, 2, 1, 0.5, 0.25],
  });
}

type Content = {
  readonly labels: readonly string[];
  readonly templates: readonly string[];
  readonly head: Pick<FittedHead, 'dimension' | 'logitScale' | 'projection' | 'prototypes'>;
  /** Of its one source [d]. */
  readonly mean: Float32Array<ArrayBuffer>;
  readonly spectrum: readonly number[];
  readonly model?: { readonly id: string; readonly revision: string };
};

/** One zero-shot head, centred with a profile only, and a source of four pictures. */
export async function artefactOf({
  labels,
  templates,
  head,
  mean,
  spectrum,
  model = smallModel,
}: Content): Promise<Uint8Array<ArrayBuffer>> {
  const mode = {
    choice: 'fixed',
    estimator: 'icm',
    lambda: 1,
    dimension: head.dimension,
    centred: true,
    temperature: 1,
  } as const;
  const reported = { ...mode, reason: 'as asked' };
  const fitted = { ...mode, head: 'zero-shot', ...head } as const;
  const { bytes } = await encodeArtefact({
    header: {
      model,
      createdAt: '2026-01-02T03:04:05.000Z',
      embeddingDimension: mean.length,
      labels: [...labels],
      templates: [...templates],
      report: {
        sources: [{ name: 'a', pictures: 4, labelled: 4, role: 'estimated' }],
        heads: [{ head: 'zero-shot', profiled: reported, unprofiled: reported, candidates: [] }],
        interventions: [],
        warnings: [],
      },
      spectrum: [...spectrum],
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
