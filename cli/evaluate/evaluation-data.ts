// The numbers an evaluation works on: every picture's embeddings for one seed, environment by environment, and the
// embeddings of the labels. Plain arrays, so that they pass to a thread.

import { normaliseRows } from '#shared/math/linear/vector.ts';
import type { EncodedPicture } from './encode-tree.ts';

export type EnvironmentData = {
  readonly name: string;
  /** Of each picture's file [n]. */
  readonly sha256: readonly string[];
  /** Indices into the labels [n]. */
  readonly classes: Int32Array;
  /** As the model gives them [n, d]. */
  readonly embeddings: Float32Array;
  /** The same after each intervention [n, d]. */
  readonly views: readonly Float32Array[];
};

export type EvaluationData = {
  readonly dimension: number;
  readonly logitScale: number;
  readonly interventionNames: readonly string[];
  /** Of every class: unit rows [c, d], each the mean over templates. */
  readonly prototypes: Float32Array;
  /** The same means of embeddings as the model gives them, which only `reference` asks for. */
  readonly rawPrototypes: Float32Array;
  readonly environments: readonly EnvironmentData[];
};

/** One entry for each name, in their order; pictures in the order given. */
export function gatherEnvironments(
  names: readonly string[],
  pictures: readonly EncodedPicture[],
  seedIndex: number,
): EnvironmentData[] {
  return names.map((name, environment) => {
    const own = pictures.filter(({ file }) => file.environment === environment);
    const interventionCount = own[0]?.intervened[seedIndex]?.length ?? 0;
    return {
      name,
      sha256: own.map(({ sha256 }) => sha256),
      classes: Int32Array.from(own, ({ file }) => file.class),
      embeddings: stack(own.map(({ plain }) => plain)),
      views: Array.from({ length: interventionCount }, (_, index) =>
        stack(own.flatMap(({ intervened }) => intervened[seedIndex]?.[index] ?? [])),
      ),
    };
  });
}

function stack(rows: readonly Float32Array[]): Float32Array {
  const dimension = rows[0]?.length ?? 0;
  const stacked = new Float32Array(rows.length * dimension);
  for (const [index, row] of rows.entries()) stacked.set(row, index * dimension);
  return stacked;
}

/** A copy with rows of unit length. */
export function unitRows(rows: Float32Array, dimension: number): Float32Array {
  const copy = rows.slice();
  normaliseRows(copy, dimension);
  return copy;
}
