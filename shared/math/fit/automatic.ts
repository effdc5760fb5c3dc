// `auto`: for every head and both modes the choice of the policy, with what it was chosen by.

import { ok, type Result } from '#shared/result.ts';
import type { HeadName, ModeChoice, ModeName } from '../answer/fitted-head.ts';
import type { MathError } from '../math-error.ts';
import { type Comparison, estimateOf } from './comparison.ts';
import type { FitInput } from './fit-input.ts';
import type { CandidateReport, FitReport } from './fit-report.ts';
import { keptInterventions } from './flips.ts';
import type { Approach } from './head-builder.ts';
import { LeftOutEstimates } from './left-out-estimates.ts';
import { foldsOf, type HeadPlan, type ModePlan, type Plan } from './plan.ts';
import { candidatesOf, decide, enoughSources, type Situation } from './policy.ts';
import { dimensionOf } from './policy-projections.ts';
import { solveChoice } from './projected.ts';
import { reasonFor } from './reasons.ts';
import { probeSituation, situationOf } from './situation.ts';
import type { Vetting } from './vetting.ts';

export function planAutomatic(
  input: FitInput,
  estimable: readonly number[],
  { flips }: Vetting,
): Result<Plan, MathError> {
  const folds = foldsOf(input, estimable, (environments) => keptInterventions(input, flips, environments));
  const estimates = new LeftOutEstimates(folds, solveChoice);
  const heads: HeadPlan[] = [];
  for (const head of input.options.heads) {
    const situation = head === 'zero-shot' ? situationOf(input, estimable) : probeSituation(input, estimable);
    const planned = planHead(input, head, situation, estimates);
    if (!planned.ok) return planned;
    heads.push(planned.value);
  }
  const edits = editsOf(heads, estimates, estimable.length);
  return ok({ heads, estimates, solve: solveChoice, ...(edits === undefined ? {} : { edits }) });
}

/** Which mean a choice takes out in a mode. */
export function approachOf(choice: ModeChoice, mode: ModeName): Approach {
  if (choice === 'plain' || choice === 'dimension') return { choice, centre: 'none' };
  return { choice, centre: mode === 'profiled' ? 'own' : 'common' };
}

function planHead(
  input: FitInput,
  head: HeadName,
  situation: Situation,
  estimates: LeftOutEstimates,
): Result<HeadPlan, MathError> {
  const profiled = planMode(input, head, 'profiled', situation, estimates);
  if (!profiled.ok) return profiled;
  const unprofiled = planMode(input, head, 'unprofiled', situation, estimates);
  if (!unprofiled.ok) return unprofiled;
  return ok({
    head,
    profiled: profiled.value.plan,
    unprofiled: unprofiled.value.plan,
    candidates: [...profiled.value.candidates, ...unprofiled.value.candidates],
  });
}

/** Holds every candidate against plain CLIP first: a rule that stops early leaves no gap in the report. */
function planMode(
  input: FitInput,
  head: HeadName,
  mode: ModeName,
  situation: Situation,
  estimates: LeftOutEstimates,
): Result<{ plan: ModePlan; candidates: CandidateReport[] }, MathError> {
  const against = (ours: ModeChoice, other: ModeChoice) =>
    estimates.compare(head, approachOf(ours, mode), approachOf(other, mode));
  const known = new Map<ModeChoice, Comparison>();
  for (const choice of ['plain' as const, ...candidatesOf(head, mode, situation)]) {
    const comparison = against(choice, 'plain');
    if (!comparison.ok) return comparison;
    if (comparison.value !== undefined) known.set(choice, comparison.value);
  }
  const decision = decide(head, mode, situation, (ours, other) => {
    const comparison = known.has(ours) ? against(ours, other) : undefined;
    return comparison?.ok ? comparison.value : undefined;
  });
  const chosen = known.get(decision.choice);
  const plan: ModePlan = {
    approach: approachOf(decision.choice, mode),
    ...(chosen === undefined ? {} : { estimate: estimateOf(chosen) }),
    reason: reasonFor(head, mode, decision),
  };
  const candidates = [...known]
    .filter(([choice]) => choice !== 'plain')
    .map(([choice, comparison]): CandidateReport => {
      const dimension = widthOf(choice, input);
      return { mode, choice, dimension, estimate: estimateOf(comparison) };
    });
  return ok({ plan, candidates });
}

function widthOf(choice: ModeChoice, { statistics, classCount }: FitInput): number {
  if (choice !== 'edits' && choice !== 'environments' && choice !== 'dimension') return statistics.dimension;
  return dimensionOf(choice, statistics.dimension, classCount);
}

/** What (b) gains over (a), where there is enough to tell. */
function editsOf(
  heads: readonly HeadPlan[],
  estimates: LeftOutEstimates,
  sources: number,
): FitReport['edits'] | undefined {
  const compared = heads.some(({ head, candidates }) => {
    return head === 'zero-shot' && candidates.some(({ choice }) => choice === 'edits');
  });
  if (!compared || sources < enoughSources) return undefined;
  const earned = estimates.compare(
    'zero-shot',
    approachOf('edits', 'profiled'),
    approachOf('centred', 'profiled'),
  );
  if (!earned.ok || earned.value === undefined) return undefined;
  const { gain, pictureError, environmentError } = earned.value;
  return { gain, pictureError, environmentError };
}
