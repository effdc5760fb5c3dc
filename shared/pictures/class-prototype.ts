// Class prototypes from text embeddings: what a picture is compared with, at the edge, in a fit and in an evaluation alike.

import { meanOfRows, normaliseRows } from '../math/linear/vector.ts';

/**
 * From unit rows [c · t, d], t templates of each class in turn, unit rows [c, d]: of each class the mean over its templates,
 * summed in float64, at unit length again (Radford et al., "Learning Transferable Visual Models From Natural Language
 * Supervision", ICML 2021, section 3.1.4). Throws RangeError where the rows are not `templateCount` a class.
 */
export function classPrototypes(
  rows: Float32Array,
  templateCount: number,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const prototypes = meansOfTemplates(rows, templateCount, dimension);
  normaliseRows(prototypes, dimension);
  return prototypes;
}

/** The means alone [c, d], of rows of any length. */
export function meansOfTemplates(
  rows: Float32Array,
  templateCount: number,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const rowLength = templateCount * dimension;
  const classCount = rows.length / rowLength;
  if (!Number.isInteger(classCount)) {
    throw new RangeError(`${rows.length} values are not ${templateCount} rows of ${dimension} a class`);
  }
  const means = new Float32Array(classCount * dimension);
  for (let index = 0; index < classCount; index++) {
    const own = rows.subarray(index * rowLength, (index + 1) * rowLength);
    means.set(meanOfRows(own, dimension), index * dimension);
  }
  return means;
}
