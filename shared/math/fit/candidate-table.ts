// Collects how every candidate of every head did, fold after fold, in the order of the first fold.

import type { HeadName } from '../answer/classify.ts';
import { mean } from '../mean.ts';
import type { FoldHits } from './folds.ts';
import type { SelectableEstimator, SelectionRow } from './selection-report.ts';
import type { Candidate } from './selection-rule.ts';

export type CandidateKey = {
  readonly head: HeadName;
  readonly estimator: SelectableEstimator;
  readonly lambda?: number;
  readonly dimension: number;
  readonly alpha?: number;
};

export class CandidateTable {
  readonly #candidates = new Map<string, Candidate>();
  readonly #centred: boolean;

  constructor({ centred }: { readonly centred: boolean }) {
    this.#centred = centred;
  }

  /** Without hits: a candidate that no fold can score. */
  add(
    key: CandidateKey,
    selectable: boolean,
    fold?: { readonly hits: FoldHits; readonly spread?: number },
  ): void {
    const name = Object.values(key).join('/');
    const { head, estimator, lambda, dimension, alpha } = key;
    const candidate: Candidate = this.#candidates.get(name) ?? {
      row: {
        head,
        estimator,
        ...(lambda === undefined ? {} : { lambda }),
        dimension,
        // Only these two are made of C.
        centred: this.#centred && (estimator === 'icm' || estimator === 'gevd'),
        ...(alpha === undefined ? {} : { alpha }),
        scores: [],
        score: 0,
      },
      hits: [],
      selectable,
    };
    this.#candidates.set(name, candidate);
    if (fold !== undefined) record(candidate, fold.hits, fold.spread);
  }

  of(head: HeadName): Candidate[] {
    return [...this.#candidates.values()].filter(({ row }) => row.head === head);
  }

  rows(): SelectionRow[] {
    return [...this.#candidates.values()].map(({ row }) => row);
  }
}

function record({ row, hits }: Candidate, foldHits: FoldHits, spread: number | undefined): void {
  hits.push(foldHits);
  row.scores.push(shareOf(foldHits.pictures));
  row.score = mean(row.scores);
  const intervened = hits.flatMap((fold) => (fold.intervened ? [shareOf(fold.intervened.hits)] : []));
  if (intervened.length > 0) row.intervened = mean(intervened);
  if (spread !== undefined) row.spread = Math.min(row.spread ?? 1, spread);
}

function shareOf(hits: Uint8Array): number {
  return hits.reduce((sum, hit) => sum + hit, 0) / Math.max(1, hits.length);
}
