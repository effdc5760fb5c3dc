// How the members of one family answer: rows and prototypes are brought into the family's basis once, and every dimension k
// uses the first k coordinates. Answers only; what they are worth is decided by the search.

import { type Probe, probeFeatureScale, probeLogits, trainProbe } from '../answer/probe.ts';
import { multiplyRows } from '../kernels/fast-product.ts';
import type { MinimiseOptions } from '../linear/lbfgs.ts';
import { argmaxOfRows, normaliseRows } from '../linear/vector.ts';
import type { Family } from './estimators.ts';
import type { LabelledRows } from './labelled-rows.ts';

/** Rows in the basis of a family, scale not yet applied. */
export type Coordinates = {
  readonly size: number;
  readonly basis: Float64Array;
  readonly scale: Float64Array;
  /** [n, d] of the rows to answer. */
  readonly test: Float32Array;
  /** [m, d] of the rows a probe is trained on; empty where there is none to train. */
  readonly train: Float32Array;
  /** [c, d]. */
  readonly prototypes: Float32Array;
};

export type RowsToScore = {
  readonly test: Float32Array;
  readonly train: Float32Array;
  readonly prototypes: Float32Array;
};

/**
 * The coordinates of unit (or mean-free) rows [·, d] in the family's basis. Families that differ in their scale alone share
 * them: `last` is what this function answered for the same rows before.
 */
export function coordinatesOf(family: Family, rows: RowsToScore, last?: Coordinates): Coordinates {
  if (last?.basis === family.basis) return { ...last, scale: family.scale };
  const size = family.scale.length;
  const identity = family.estimator === 'identity';
  const basis = new Float32Array(family.basis);
  const transform = (part: Float32Array) => (identity ? part : multiplyRows(part, basis, size));
  return {
    size,
    basis: family.basis,
    scale: family.scale,
    test: transform(rows.test),
    train: transform(rows.train),
    prototypes: transform(rows.prototypes),
  };
}

/**
 * Zero-shot answers [n] for each of `dimensions` (ascending): cosines grow by the coordinates between two of them. The scale of
 * both sides is put on the prototypes, which are few.
 */
export function zeroShotAnswers(
  { size, scale, test, prototypes }: Coordinates,
  dimensions: readonly number[],
): Int32Array[] {
  const classCount = prototypes.length / size;
  const products = new Float32Array((test.length / size) * classCount);
  const squares = new Float64Array(classCount);
  let from = 0;
  return dimensions.map((to) => {
    const width = to - from;
    const scaleOfPart = scale.subarray(from, to);
    const right = scaleColumns(columns(prototypes, size, from, to), scaleOfPart);
    const left = columns(test, size, from, to);
    addTo(products, multiplyRows(left, scaleColumns(right, scaleOfPart), width));
    for (let i = 0; i < right.length; i++) {
      const row = Math.floor(i / width);
      squares[row] = (squares[row] as number) + (right[i] as number) ** 2;
    }
    from = to;
    // The length of the picture's own projection scales all its scores alike.
    const lengths = squares.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0));
    return argmaxOfRows(scaleColumns(products, lengths), classCount);
  });
}

/** Zero-shot logits logitScale · cos(P x, P t) [n, c] at dimension k. */
export function zeroShotLogits(
  coordinates: Coordinates,
  dimension: number,
  logitScale: number,
): Float32Array {
  const { test, prototypes } = coordinates;
  const left = projectedRows(coordinates, test, dimension);
  const right = projectedRows(coordinates, prototypes, dimension);
  return multiplyRows(left, right, dimension).map((cosine) => logitScale * cosine);
}

/** Unit rows P x / |P x| [n, k] of coordinates [n, d]. */
function projectedRows(
  { size, scale }: Pick<Coordinates, 'size' | 'scale'>,
  rows: Float32Array,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const result = scaleColumns(columns(rows, size, 0, dimension), scale.subarray(0, dimension));
  normaliseRows(result, dimension);
  return result;
}

/** A probe on the training rows at dimension k, and its logits on the test rows [n, c]. */
export function probeOnCoordinates(
  coordinates: Coordinates,
  {
    classes,
    dimension,
    stopping,
  }: {
    readonly classes: LabelledRows['classes'];
    readonly dimension: number;
    readonly stopping: MinimiseOptions;
  },
): { probe: Probe; logits: Float32Array } {
  const classCount = coordinates.prototypes.length / coordinates.size;
  const scaled = (rows: Float32Array) =>
    projectedRows(coordinates, rows, dimension).map((value) => probeFeatureScale * value);
  const probe = trainProbe({
    features: scaled(coordinates.train),
    classes,
    classCount,
    dimension,
    precision: 'float32',
    stopping,
  });
  return { probe, logits: probeLogits(probe, scaled(coordinates.test), dimension) };
}

/**
 * Share of the class prototypes' spread Σ_c |t_c − t̄|² that P keeps, for each of `dimensions`; P scaled so that its
 * longest row has length 1. In [0, 1]; 1 where there is no spread.
 */
export function keptSpread(
  family: Family,
  { size, prototypes }: Coordinates,
  dimensions: readonly number[],
  original: Float32Array,
): number[] {
  const total = spreadOfColumns(original, size).reduce((sum, value) => sum + value, 0);
  const spread = spreadOfColumns(prototypes, size);
  return dimensions.map((dimension) => {
    let kept = 0;
    let longest = 0;
    for (let j = 0; j < dimension; j++) {
      const square = (family.scale[j] as number) ** 2;
      kept += square * (spread[j] as number);
      longest = Math.max(longest, square * rowSquare(family.basis, j, size));
    }
    return total === 0 ? 1 : Math.min(1, kept / (total * longest));
  });
}

function spreadOfColumns(rows: Float32Array, size: number): Float64Array {
  const count = rows.length / size;
  return Float64Array.from({ length: size }, (_, column) => {
    let mean = 0;
    for (let row = 0; row < count; row++) mean += (rows[row * size + column] as number) / count;
    let spread = 0;
    for (let row = 0; row < count; row++) spread += ((rows[row * size + column] as number) - mean) ** 2;
    return spread;
  });
}

function rowSquare(basis: Float64Array, row: number, size: number): number {
  let sum = 0;
  for (let i = row * size; i < (row + 1) * size; i++) sum += (basis[i] as number) ** 2;
  return sum;
}

/** Columns [from, to) of rows [n, size]: [n, to − from]; the rows themselves where that is all. */
function columns(rows: Float32Array, size: number, from: number, to: number): Float32Array {
  const width = to - from;
  if (width === size) return rows;
  const count = rows.length / size;
  const result = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    result.set(rows.subarray(row * size + from, row * size + to), row * width);
  }
  return result;
}

/** A copy of `rows` [n, c] with every column times its scale [c]. */
function scaleColumns(rows: Float32Array, scale: Float64Array): Float32Array<ArrayBuffer> {
  const result = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += scale.length) {
    for (let i = 0; i < scale.length; i++)
      result[start + i] = (rows[start + i] as number) * (scale[i] as number);
  }
  return result;
}

function addTo(target: Float32Array, source: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + (source[i] as number);
}
