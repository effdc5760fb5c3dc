// The sampled pictures that had an intervention, and what it made of them.

import { takeRows } from '../linear/vector.ts';
import type { EnvironmentSample } from './sample.ts';

export type SampledPairs = {
  /** Both [n, d]. */
  readonly pictures: Float32Array;
  readonly intervened: Float32Array;
  /** Of the sample [n]. */
  readonly rows: Int32Array;
};

export function sampledPairs(
  { embeddings, pairs }: EnvironmentSample,
  intervention: number,
  interventionCount: number,
  dimension: number,
): SampledPairs {
  const present = [...pairs.rows.keys()].filter(
    (pair) => pairs.present[pair * interventionCount + intervention] === 1,
  );
  const rows = Int32Array.from(present, (pair) => pairs.rows[pair] ?? 0);
  return {
    rows,
    pictures: takeRows(embeddings, rows, dimension),
    intervened: takeRows(
      pairs.embeddings,
      present.map((pair) => pair * interventionCount + intervention),
      dimension,
    ),
  };
}
