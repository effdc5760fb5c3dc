// From a statistics file and text embeddings to an `.icm` artefact. Pure; runs in the numbers thread, for seconds.

import { type AppError, appError } from '#shared/app-error.ts';
import { encodeArtefact } from '#shared/codec/icm-file.ts';
import type { StatisticsFile } from '#shared/codec/stats-file.ts';
import type { SolveOptions } from '#shared/contracts/fit.ts';
import { fitProjection } from '#shared/math/fit/fit.ts';
import type { FitInput } from '#shared/math/fit/fit-input.ts';
import { relabelSample } from '#shared/math/fit/sample.ts';
import type { MathError } from '#shared/math/math-error.ts';
import { err, ok, type Result } from '#shared/result.ts';

export type SolveTask = {
  readonly solve: SolveOptions;
  readonly createdAt: string;
  readonly labels: readonly string[];
  /** Unit text embeddings of the labels [c, d]. */
  readonly prototypes: Float32Array;
  readonly textPairs: FitInput['textPairs'];
  readonly logitScale: number;
};

export type NumbersFailure = 'invalid-request' | MathError['code'];

export async function solveStatistics(
  file: StatisticsFile,
  statisticsHash: string,
  { solve, createdAt, labels, prototypes, textPairs, logitScale }: SolveTask,
): Promise<Result<Uint8Array<ArrayBuffer>, AppError<NumbersFailure>>> {
  const { statistics, model, environmentNames } = file;
  if (typeof solve.dimension === 'number' && solve.dimension > statistics.dimension) {
    const errors = [{ pointer: '/solve/dimension', message: `embeddings have ${statistics.dimension}` }];
    return err(
      appError('invalid-request', 'The dimension is larger than that of the embeddings.', { errors }),
    );
  }
  const fitted = fitProjection({
    statistics,
    sample: relabelSample(
      file.sample,
      file.classes.map((name) => labels.indexOf(name)),
    ),
    environmentNames,
    interventionNames: file.interventions.map(({ name }) => name),
    prototypes,
    classCount: labels.length,
    logitScale,
    ...(textPairs === undefined ? {} : { textPairs }),
    options: solve,
  });
  if (!fitted.ok) return err(appError(fitted.error.code, fitted.error.detail));
  const { heads, sources, variances, report, leftOut, spectrum } = fitted.value;
  const { bytes } = await encodeArtefact({
    heads,
    sources: { ...sources, variances },
    ...(leftOut === undefined ? {} : { leftOut }),
    header: {
      model,
      createdAt,
      embeddingDimension: statistics.dimension,
      labels: [...labels],
      templates: solve.templates,
      report,
      spectrum,
      source: sourceOf(file, statisticsHash, sources.traces),
    },
  });
  return ok(bytes);
}

function sourceOf(
  { statistics, environmentNames, failures, seed }: StatisticsFile,
  statisticsHash: string,
  traces: readonly number[],
) {
  const environments = statistics.environments.map(({ count }, index) => ({
    name: environmentNames[index] as string,
    pictures: count,
    trace: traces[index] ?? 0,
  }));
  return {
    pictures: environments.reduce((total, { pictures }) => total + pictures, 0),
    failed: failures.length,
    environments,
    statisticsHash,
    seed,
  };
}
