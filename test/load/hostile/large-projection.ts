// Projections as large as attacks need them: many labels, made without a fit.

import { gaussianRows } from '../../shared/math/random.ts';
import { artefactOf } from '../../support/small-artefact.ts';
import type { Attacker } from './attack.ts';

export const largeDimension = 220;
const labels = Array.from({ length: 10_000 }, (_, index) => `label ${index}`);

type Wanted = {
  readonly dimension: number;
  readonly model?: { readonly id: string; readonly revision: string };
};

function largeArtefact({ dimension, model }: Wanted): Promise<Uint8Array<ArrayBuffer>> {
  return artefactOf({
    labels,
    templates: ['a picture of a {}'],
    head: {
      dimension,
      logitScale: 100,
      projection: gaussianRows(dimension, dimension, 1),
      prototypes: gaussianRows(labels.length, dimension, 2),
    },
    mean: gaussianRows(1, dimension, 3).map((value) => 0.01 * value),
    spectrum: Array.from({ length: dimension }, (_, index) => 1 / (1 + index)),
    ...(model === undefined ? {} : { model }),
  });
}

/** 10,000 labels and 9 to 11 MB each; their names. */
export async function makeLargeProjections(
  attacker: Attacker,
  count = 4,
  wanted: Wanted = { dimension: largeDimension },
): Promise<readonly string[]> {
  const body = await largeArtefact(wanted);
  const names = Array.from({ length: count }, (_, index) => `hostile-${Date.now()}-${index}`);
  for (const name of names) {
    const status = await attacker.send({
      path: `/v1/projections/artefacts?name=${name}`,
      headers: { 'content-type': 'application/octet-stream' },
      body,
    });
    if (status !== 201) throw new Error(`the artefact was not taken: ${status}`);
  }
  return names;
}
