// The input of a fit on the source environments of one target: the same sums and samples that the worker keeps of a
// dataset, from embeddings that are already there.

import type { FitInput, FitOptions } from '#shared/math/fit/fit-input.ts';
import { takeRows } from '#shared/math/linear/vector.ts';
import { createStatisticsCollector } from '../../gpu-worker/numbers/statistics-collector.ts';
import type { EvaluationData } from './evaluation-data.ts';
import type { Split } from './protocol.ts';

/** What the service keeps by default; see StatisticsHead in shared/contracts/worker.ts. */
const sampleLimit = 2000;
const pairSampleLimit = 500;

/** Environments are `sources`, in their order. Classes are indices into `split.knownClasses`. */
export function collectSources(
  data: EvaluationData,
  sources: readonly number[],
  split: Split,
): Omit<FitInput, 'options'> {
  const { dimension, environments, interventionNames, logitScale } = data;
  const classOf = new Map(split.knownClasses.map((original, index) => [original, index]));
  const collector = createStatisticsCollector({
    dimension,
    classCount: split.knownClasses.length,
    interventionCount: interventionNames.length,
    environmentCount: sources.length,
    sampleLimit,
    pairSampleLimit,
  });
  for (const [position, source] of sources.entries()) {
    const environment = environments[source];
    if (environment === undefined) throw new RangeError(`there is no environment ${source}`);
    for (const row of split.fitRows[source] ?? []) {
      const pick = (rows: Float32Array) => rows.subarray(row * dimension, (row + 1) * dimension);
      collector.add({
        environment: position,
        class: classOf.get(environment.classes[row] ?? -1) ?? -1,
        sha256: environment.sha256[row] ?? '',
        plain: pick(environment.embeddings),
        intervened: new Map(environment.views.map((view, index) => [index, pick(view)])),
      });
    }
  }
  const { statistics, environments: samples } = collector.finish();
  return {
    statistics,
    sample: { environments: samples },
    environmentNames: sources.map((source) => environments[source]?.name ?? ''),
    interventionNames,
    prototypes: takeRows(data.prototypes, split.knownClasses, dimension),
    classCount: split.knownClasses.length,
    logitScale,
  };
}

export const automaticFit: FitOptions = {
  estimator: 'auto',
  lambda: 'auto',
  dimension: 'auto',
  shrinkage: 0.01,
  centred: false,
  removeMean: false,
  heads: ['zero-shot'],
  keepHarmfulInterventions: false,
};
