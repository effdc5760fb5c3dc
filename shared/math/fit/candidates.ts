// Which candidates a search compares for a fixed estimator: λ′ and dimensions on their grids, where the caller left them open.

import type { FitOptions } from './fit-input.ts';
import type { SelectableEstimator } from './selection-report.ts';

/** One estimator and λ′ with the dimensions to try: one decomposition serves them all. */
export type CandidateFamily = {
  readonly estimator: SelectableEstimator;
  /** Relative λ′. */
  readonly lambda?: number;
  /** Ascending. */
  readonly dimensions: readonly number[];
  /** Those that a probe is trained for, which costs more. */
  readonly probeDimensions: readonly number[];
  /** False for rows that stand in the table for comparison only. */
  readonly selectable: boolean;
};

/** λ′ of `icm`. 0 is dimension alone, no invariance: it shows what the interventions earned. */
const icmLambdas: readonly number[] = [0, 0.03, 0.1, 0.3, 1, 3, 10, 100];
/** Those that a probe is trained for too. */
const probeLambdas: readonly number[] = [0, 0.1, 1, 10];
const softLambdas: readonly number[] = [0.1, 0.3, 1, 3, 10, 30, 100];

/** Steps of the coarse grids of k, in parts of d. */
const dimensionParts = [1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8];
const probeParts = [1 / 4, 1 / 2, 3 / 4];
const gevdProbeParts = [1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4];

export type GridOptions = Pick<FitOptions, 'lambda' | 'dimension'> & {
  readonly estimator: SelectableEstimator;
};

/**
 * The candidates in a fixed order, `identity` first and always. Without pairs only those that need none.
 * Throws RangeError where the fixed dimension is not in [1, d].
 */
export function candidateFamilies(
  options: GridOptions,
  {
    dimension,
    classCount,
    hasPairs,
  }: { readonly dimension: number; readonly classCount: number; readonly hasPairs: boolean },
): CandidateFamily[] {
  if (options.dimension !== 'auto' && !(options.dimension >= 1 && options.dimension <= dimension)) {
    throw new RangeError(`a dimension of ${options.dimension} is not in 1 to ${dimension}`);
  }
  const identity: CandidateFamily = {
    estimator: 'identity',
    dimensions: [dimension],
    probeDimensions: [dimension],
    selectable: options.estimator === 'identity',
  };
  const asked = familiesOf(options, dimension, classCount).filter(({ lambda }) => hasPairs || lambda === 0);
  return [identity, ...asked.map((family) => narrow(family, options.dimension))];
}

function familiesOf(
  { estimator, lambda }: GridOptions,
  dimension: number,
  classCount: number,
): CandidateFamily[] {
  switch (estimator) {
    case 'identity':
      return [];
    case 'icm':
      return icmCandidates(dimension, classCount, lambda);
    case 'nap':
      return napCandidates(dimension);
    case 'soft':
      return softCandidates(dimension, lambda);
    case 'gevd':
      return gevdCandidates(dimension, classCount);
  }
}

function icmCandidates(dimension: number, classCount: number, fixed: 'auto' | number): CandidateFamily[] {
  const coarse = dimensionGrid(dimension, classCount);
  // With every direction kept, icm is plain CLIP: that stands in the table as the identity.
  const dimensions = coarse.length > 1 ? coarse.slice(0, -1) : coarse;
  const lambdas = fixed === 'auto' ? icmLambdas : [...new Set([0, fixed])];
  return lambdas.map((lambda) => ({
    estimator: 'icm',
    lambda,
    dimensions,
    probeDimensions: fixed !== 'auto' || probeLambdas.includes(lambda) ? partsOf(dimension, probeParts) : [],
    selectable: fixed === 'auto' || lambda === fixed,
  }));
}

/** Removed directions double: 1, 2, 4, ... up to half of d. */
function napCandidates(dimension: number): CandidateFamily[] {
  const dimensions: number[] = [];
  for (let removed = 1; removed <= dimension / 2; removed *= 2) dimensions.unshift(dimension - removed);
  const probeDimensions = dimensions.filter((_, index) => index % 2 === 0);
  return dimensions.length === 0 ? [] : [{ estimator: 'nap', dimensions, probeDimensions, selectable: true }];
}

function softCandidates(dimension: number, fixed: 'auto' | number): CandidateFamily[] {
  return (fixed === 'auto' ? softLambdas : [fixed]).map((lambda) => ({
    estimator: 'soft',
    lambda,
    dimensions: [dimension],
    probeDimensions: [dimension],
    selectable: true,
  }));
}

function gevdCandidates(dimension: number, classCount: number): CandidateFamily[] {
  const probeDimensions = [...partsOf(dimension, gevdProbeParts), dimension];
  return [
    {
      estimator: 'gevd',
      dimensions: dimensionGrid(dimension, classCount),
      probeDimensions,
      selectable: true,
    },
  ];
}

/** From the number of classes to d, both included. */
function dimensionGrid(dimension: number, classCount: number): number[] {
  const least = Math.min(classCount, dimension);
  return [...new Set([least, ...partsOf(dimension, dimensionParts).filter((k) => k > least), dimension])];
}

function partsOf(dimension: number, parts: readonly number[]): number[] {
  return [...new Set(parts.map((part) => Math.max(1, Math.round(part * dimension))))];
}

function narrow(family: CandidateFamily, dimension: 'auto' | number): CandidateFamily {
  if (dimension === 'auto') return family;
  return { ...family, dimensions: [dimension], probeDimensions: [dimension] };
}
