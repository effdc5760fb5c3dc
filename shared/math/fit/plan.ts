// What a fit is to be, head by head and mode by mode, before anything is fitted on all sources.

import type { Result } from '#shared/result.ts';
import type { HeadName, ModeChoice } from '../answer/fitted-head.ts';
import type { MathError } from '../math-error.ts';
import type { FitInput } from './fit-input.ts';
import type { CandidateReport, Estimate, FitReport } from './fit-report.ts';
import type { Approach } from './head-builder.ts';
import { type LeftOut, leaveOut } from './left-out.ts';
import type { LeftOutEstimates } from './left-out-estimates.ts';
import type { Sources } from './policy-projections.ts';
import type { Solved } from './projected.ts';

export type ModePlan = {
  readonly approach: Approach;
  readonly estimate?: Estimate;
  readonly reason: string;
};

export type HeadPlan = {
  readonly head: HeadName;
  readonly profiled: ModePlan;
  readonly unprofiled: ModePlan;
  readonly candidates: CandidateReport[];
};

export type Plan = {
  readonly heads: readonly HeadPlan[];
  readonly estimates: LeftOutEstimates;
  /** The projection of a choice on all sources. */
  readonly solve: (sources: Sources, choice: ModeChoice, head: HeadName) => Result<Solved, MathError>;
} & Pick<FitReport, 'edits' | 'search'>;

/** Every labelled source left out in turn; none where there are fewer than two. `kept` names the interventions of a fold. */
export function foldsOf(
  input: FitInput,
  estimable: readonly number[],
  kept: (environments: readonly number[]) => readonly number[],
): LeftOut[] {
  if (estimable.length < 2 || input.classCount < 2) return [];
  const all = [...input.statistics.environments.keys()];
  return estimable.map((left) => leaveOut(input, all, left, kept(all.filter((index) => index !== left))));
}
