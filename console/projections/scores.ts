// What a version is expected to get on sources left out, by the name of the row that shows it.

import type { SelectionReport } from '#shared/contracts/fit.ts';
import type { FitReport } from '#shared/contracts/fit-report.ts';
import type { SelectionResponse } from '#shared/contracts/projection.ts';
import { modeOrder } from '#shared/figures/fit-report-tables.ts';
import { headWords, modeWords } from '#shared/figures/mode-words.ts';
import { strings } from '../strings.ts';

/** `error`: standard error of the gain over plain CLIP, 0 where it is not known. */
export type Score = { readonly accuracy: number; readonly error: number };
export type Scores = Readonly<Record<string, Score>>;

export function scoresOf(report: SelectionResponse): Scores {
  return 'folds' in report ? firstScores(report) : modeScores(report);
}

/** By name and number of pictures. */
export function sourcesOf(report: SelectionResponse): string {
  const sources =
    'folds' in report ? report.folds : report.sources.map(({ name, pictures }) => [name, pictures]);
  return JSON.stringify(sources);
}

function modeScores({ heads }: FitReport): Scores {
  const rows = heads.flatMap((head) =>
    modeOrder.flatMap((name) => {
      const { estimate } = head[name];
      if (estimate === undefined) return [];
      const row = strings.compare.estimate(headWords[head.head], modeWords[name]);
      return [[row, { accuracy: estimate.accuracy, error: estimate.environmentError }] as const];
    }),
  );
  return Object.fromEntries(rows);
}

function firstScores({ folds, heads }: SelectionReport): Scores {
  const chosen = heads[0]?.chosen;
  if (chosen === undefined || folds.length === 0) return {};
  const rows = folds.map((fold, index) => [
    strings.compare.leftOut(fold),
    { accuracy: chosen.scores[index] ?? Number.NaN, error: 0 },
  ]);
  const average = [strings.compare.rows.projection, { accuracy: chosen.score, error: 0 }];
  return Object.fromEntries([...rows, average]);
}
