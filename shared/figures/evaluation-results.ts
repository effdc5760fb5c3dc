// What the report of an evaluation is drawn from: its numbers, the words that define them, and the pictures that it shows.

import type { AccuracyTable } from './accuracy-table.ts';
import type { PictureCase } from './picture-grid.ts';
import type { SelectionCurves } from './selection-curves.ts';

/** What was chosen for one target, head and mode, and what came of it. Gains are over plain CLIP, in shares. */
export type ChoiceRow = {
  target: string;
  head: string;
  /** Pictures of the target's profile; 0 without one. */
  profile: number;
  choice: string;
  dimension: number;
  leftOut?: { gain: number; standardError: number };
  measured: number;
  reason: string;
};

/** One method and head against plain CLIP. */
export type EvaluatedGain = {
  method: string;
  head: string;
  /** One a target; `null` where there is nothing to compare. */
  cells: readonly ({ gain: number; standardError: number; p: number } | null)[];
  average: { gain: number; targetError: number };
};

/** Scores beyond accuracy of one method, averaged over targets. */
export type QualityRow = { method: string; values: readonly (number | undefined)[] };

export type InterventionRow = { name: string; pairs: number; noOps: number; flipRate?: number; used: string };

export type EvaluationReport = {
  dataset: string;
  model: { id: string; revision: string };
  command: string;
  counts: { pictures: number; unreadable: number; environments: number; classes: number; seeds: number };
  /** Definitions, one sentence each: the protocol, the standard error, what a seed changes. */
  protocol: string;
  profile: string;
  standardError: string;
  /** Accuracy of answers at random. */
  chance: number;
  tables: readonly { caption: string; table: AccuracyTable }[];
  gains: readonly EvaluatedGain[];
  choices: readonly ChoiceRow[];
  /** Averages over targets; absent where only one head without λ was run. */
  curves?: SelectionCurves;
  spectra: readonly { name: string; values: readonly number[] }[];
  /** How differently two environments are answered, class by class, in [0, 1]: [target][environment]. */
  disagreement: {
    rows: readonly string[];
    columns: readonly string[];
    before: readonly (readonly number[])[];
    after: readonly (readonly number[])[];
  };
  quality: { columns: readonly string[]; rows: readonly QualityRow[] };
  interventions: readonly InterventionRow[];
  pictures: {
    method: string;
    corrected: number;
    broken: number;
    mostCorrected: readonly PictureCase[];
    mostBroken: readonly PictureCase[];
  };
  /** What a reader should know before trusting this: unreadable files, missing classes. */
  warnings: readonly string[];
};
