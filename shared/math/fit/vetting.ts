// Which interventions keep the content for this model: one that changes plain CLIP's answer on more than half of the
// sampled sources does not, and is left out unless the caller insists.

import { flipRate } from '../answer/scores.ts';
import { multiplyRows } from '../kernels/fast-product.ts';
import { argmaxOfRows } from '../linear/vector.ts';
import type { FitInput } from './fit-input.ts';
import { sampledPairs } from './folds.ts';
import type { InterventionReport } from './selection-report.ts';

/** Above this share of changed answers an intervention is harmful. */
export const harmfulFlipRate = 0.5;

export type Vetting = {
  readonly reports: InterventionReport[];
  /** Indices of the interventions to use. */
  readonly used: readonly number[];
};

export function vetInterventions(input: FitInput): Vetting {
  const reports = input.interventionNames.map((name, index): InterventionReport => {
    const cells = input.statistics.environments.flatMap(({ pairs }) => pairs[index] ?? []);
    const rate = plainFlipRate(input, index);
    const pairs = cells.reduce((sum, { count }) => sum + count, 0);
    return {
      name,
      pairs,
      noOps: cells.reduce((sum, { noOps }) => sum + noOps, 0),
      ...(rate === undefined ? {} : { flipRate: rate }),
      used: pairs > 0 && (input.options.keepHarmfulInterventions || (rate ?? 0) <= harmfulFlipRate),
    };
  });
  return { reports, used: reports.flatMap(({ used }, index) => (used ? [index] : [])) };
}

/** Over the sampled pairs of all environments; `undefined` where there is none. */
function plainFlipRate(
  { statistics, sample, prototypes, classCount }: FitInput,
  intervention: number,
): number | undefined {
  const { dimension, interventionCount } = statistics;
  const answer = (rows: Float32Array) => argmaxOfRows(multiplyRows(rows, prototypes, dimension), classCount);
  let flips = 0;
  let count = 0;
  for (const environment of sample.environments) {
    const { pictures, intervened } = sampledPairs(environment, intervention, interventionCount, dimension);
    const pairs = pictures.length / dimension;
    if (pairs === 0) continue;
    flips += flipRate(answer(pictures), answer(intervened)) * pairs;
    count += pairs;
  }
  return count === 0 ? undefined : flips / count;
}
