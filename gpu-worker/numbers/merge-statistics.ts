// Merges `.stats` files by adding them up, or takes some away again. Classes and environments are united by name and stand
// sorted by code unit, so that shards of different datasets merge. Pure; runs in the numbers thread.

import { type AppError, appError } from '#shared/app-error.ts';
import type { StatisticsFile } from '#shared/codec/stats-file.ts';
import type { PictureFailure } from '#shared/contracts/artefact.ts';
import { mergeSamples, subtractSamples } from '#shared/math/fit/sample.ts';
import { mergeStatistics, subtractStatistics } from '#shared/math/fit/statistics.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { dropEmpty, sampleShape, underNames } from './statistics-names.ts';

export type MergeFailure = 'model-mismatch' | 'invalid-request';

export function addStatisticsFiles(
  a: StatisticsFile,
  b: StatisticsFile,
): Result<StatisticsFile, AppError<MergeFailure>> {
  const aligned = align(a, b);
  if (!aligned.ok) return aligned;
  const [left, right] = aligned.value;
  return ok({
    ...left,
    statistics: mergeStatistics(left.statistics, right.statistics),
    sample: mergeSamples(left.sample, right.sample, sampleShape(left)),
    failures: [...a.failures, ...b.failures].toSorted(byHash),
  });
}

/** `b` must have been part of `a`; what it leaves empty is dropped. */
export function subtractStatisticsFiles(
  a: StatisticsFile,
  b: StatisticsFile,
): Result<StatisticsFile, AppError<MergeFailure>> {
  const aligned = align(a, b);
  if (!aligned.ok) return aligned;
  const [left, right] = aligned.value;
  const statistics = subtractStatistics(left.statistics, right.statistics);
  const negative = statistics.environments.some(
    ({ count, classCounts, pairs }) =>
      count < 0 || classCounts.some((value) => value < 0) || pairs.some((pair) => pair.count < 0),
  );
  if (negative)
    return err(appError('invalid-request', 'What is to be taken away was never part of the rest.'));
  return ok(
    dropEmpty({
      ...left,
      statistics,
      sample: subtractSamples(left.sample, right.sample, sampleShape(left)),
      failures: withoutFailures(a.failures, b.failures),
    }),
  );
}

/** A file under its own names, sorted: what a merge of one file gives. */
export function sortNames(file: StatisticsFile): StatisticsFile {
  return underNames(file, unite(file, file));
}

/** Both under the names of both. */
function align(
  a: StatisticsFile,
  b: StatisticsFile,
): Result<[StatisticsFile, StatisticsFile], AppError<MergeFailure>> {
  const agree = checkAgreement(a, b);
  if (!agree.ok) return agree;
  const names = unite(a, b);
  return ok([underNames(a, names), underNames(b, names)]);
}

function unite(a: StatisticsFile, b: StatisticsFile) {
  return {
    classes: [...new Set([...a.classes, ...b.classes])].toSorted(byCodeUnit),
    environmentNames: [...new Set([...a.environmentNames, ...b.environmentNames])].toSorted(byCodeUnit),
  };
}

function checkAgreement(a: StatisticsFile, b: StatisticsFile): Result<undefined, AppError<MergeFailure>> {
  if (a.model.id !== b.model.id || a.model.revision !== b.model.revision) {
    return err(appError('model-mismatch', 'The statistics are of different models.'));
  }
  const settings = [
    'interventions',
    'interventionsPerPicture',
    'seed',
    'sampleLimit',
    'pairSampleLimit',
  ] as const;
  const differing = settings.find((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
  if (differing === undefined) return ok(undefined);
  return err(appError('invalid-request', `The statistics were collected with different ${differing}.`));
}

function withoutFailures(
  all: readonly PictureFailure[],
  leaving: readonly PictureFailure[],
): PictureFailure[] {
  const left = leaving.map(({ sha256 }) => sha256);
  return all.filter(({ sha256 }) => {
    const index = left.indexOf(sha256);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

function byHash(a: PictureFailure, b: PictureFailure): number {
  return byCodeUnit(a.sha256, b.sha256);
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
