// The sampled pictures that have a class, of some environments.

import { concatenateRows, takeRows } from '../linear/vector.ts';
import type { FitInput } from './fit-input.ts';

/** Pictures, the class of each and the environment of each [n, d], [n], [n]. */
export type LabelledRows = {
  readonly embeddings: Float32Array;
  readonly classes: Int32Array;
  readonly environmentOfRow: Int32Array;
};

/** At most `limit` of them, those of smallest hash of each environment. */
export function labelledRows(
  { sample, statistics }: Pick<FitInput, 'sample' | 'statistics'>,
  environments: readonly number[],
  limit = Number.POSITIVE_INFINITY,
): LabelledRows {
  const each = Math.ceil(limit / Math.max(1, environments.length));
  const parts = environments.flatMap((index) => {
    const environment = sample.environments[index];
    if (environment === undefined) return [];
    const rows = [...environment.classes.keys()].filter((row) => (environment.classes[row] ?? -1) >= 0);
    return [{ index, environment, kept: rows.slice(0, each) }];
  });
  return {
    embeddings: concatenateRows(
      parts.map(({ environment, kept }) => takeRows(environment.embeddings, kept, statistics.dimension)),
    ),
    classes: Int32Array.from(
      parts.flatMap(({ environment, kept }) => kept.map((row) => environment.classes[row] ?? -1)),
    ),
    environmentOfRow: Int32Array.from(parts.flatMap(({ index, kept }) => kept.map(() => index))),
  };
}
