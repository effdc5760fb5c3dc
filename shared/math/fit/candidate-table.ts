// Collects how every candidate of every head did, fold after fold, in the order of the first fold.

import type { HeadName } from '../answer/fitted-head.ts';
import { mean } from '../mean.ts';
import type { FoldScore } from './folds.ts';
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
  /** Of a candidate's row, fold after fold. */
  readonly #intervened = new Map<SelectionRow, number[]>();
  readonly #centred: boolean;

  constructor({ centred }: { readonly centred: boolean }) {
    this.#centred = centred;
  }

  /** Without a score: a candidate that no fold can tell anything of. */
  add(key: CandidateKey, selectable: boolean, fold?: FoldScore & { readonly spread?: number }): void {
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
      selectable,
    };
    this.#candidates.set(name, candidate);
    if (fold !== undefined) this.#record(candidate.row, fold);
  }

  of(head: HeadName): Candidate[] {
    return [...this.#candidates.values()].filter(({ row }) => row.head === head);
  }

  rows(): SelectionRow[] {
    return [...this.#candidates.values()].map(({ row }) => row);
  }

  #record(
    row: SelectionRow,
    { pictures, intervened, spread }: FoldScore & { readonly spread?: number },
  ): void {
    row.scores.push(pictures);
    row.score = mean(row.scores);
    if (intervened !== undefined) {
      const all = [...(this.#intervened.get(row) ?? []), intervened];
      this.#intervened.set(row, all);
      row.intervened = mean(all);
    }
    if (spread !== undefined) row.spread = Math.min(row.spread ?? 1, spread);
  }
}
