// How far each source's pictures spread along the rows of P and along the rest of the space: what drift is measured against.

import { ok, type Result } from '#shared/result.ts';
import { multiplyRows64 } from '../kernels/fast-product.ts';
import { eigenSymmetric } from '../linear/eigen-symmetric.ts';
import { transpose } from '../linear/matrix.ts';
import { unpack } from '../linear/packed.ts';
import type { MathError } from '../math-error.ts';
import { withinCovariance } from './environment-moments.ts';
import type { Statistics } from './statistics.ts';

/**
 * vᵀ C_w v [E, d] of every source, for v the rows of P [k, d] and then an orthonormal basis of their complement, taken from `basis`
 * where it is given; the axes where there is no P.
 */
export function sourceVariances(
  statistics: Statistics,
  projection: Float32Array | undefined,
  basis: Float64Array | undefined,
): Result<Float32Array<ArrayBuffer>, MathError> {
  const { dimension, environments } = statistics;
  const directions = directionsOf(projection, basis, dimension);
  if (!directions.ok) return directions;
  const result = new Float32Array(environments.length * dimension);
  for (const index of environments.keys()) {
    const covariance = unpack(withinCovariance(statistics, [index]), dimension);
    result.set(quadraticForms(directions.value, covariance, dimension), index * dimension);
  }
  return ok(result);
}

/** [d, d]; `undefined` for the axes. */
function directionsOf(
  projection: Float32Array | undefined,
  basis: Float64Array | undefined,
  dimension: number,
): Result<Float64Array | undefined, MathError> {
  if (projection === undefined) return ok(undefined);
  const rows = Float64Array.from(projection);
  const directions = new Float64Array(dimension * dimension);
  directions.set(rows);
  if (rows.length === directions.length) return ok(directions);
  if (basis !== undefined) {
    directions.set(basis.subarray(rows.length), rows.length);
    return ok(directions);
  }
  // PᵀP is zero along the complement: its smallest eigenvectors.
  const columns = transpose(rows, rows.length / dimension, dimension);
  const eigen = eigenSymmetric(multiplyRows64(columns, columns, rows.length / dimension), dimension);
  if (!eigen.ok) return eigen;
  directions.set(eigen.value.vectors.subarray(rows.length), rows.length);
  return ok(directions);
}

function quadraticForms(
  directions: Float64Array | undefined,
  covariance: Float64Array,
  dimension: number,
): Float32Array {
  const rotated = directions === undefined ? undefined : multiplyRows64(directions, covariance, dimension);
  return Float32Array.from({ length: dimension }, (_, row) => {
    if (directions === undefined || rotated === undefined) return covariance[row * dimension + row] as number;
    let sum = 0;
    for (let i = row * dimension; i < (row + 1) * dimension; i++) {
      sum += (directions[i] as number) * (rotated[i] as number);
    }
    return sum;
  });
}
