// Any choice of the policy fitted on all sources, whether `auto` takes it or not: what evaluations set side by side.

import type { Result } from '#shared/result.ts';
import type { FittedHead, HeadName, ModeChoice, ModeName } from '../answer/fitted-head.ts';
import type { MathError } from '../math-error.ts';
import { approachOf } from './automatic.ts';
import type { FitInput } from './fit-input.ts';
import { countFlips, keptInterventions } from './flips.ts';
import { buildHead, probeTrainer } from './head-builder.ts';
import { sourcesOf } from './policy-projections.ts';
import { type Solved, solveChoice } from './projected.ts';

/**
 * Fits one choice after another on the same sources; temperatures are 1. Too few samples: there is nothing to make the choice
 * of, or a probe has no two classes.
 */
export function choiceFitter(
  input: FitInput,
): (head: HeadName, choice: ModeChoice, mode: ModeName) => Result<FittedHead, MathError> {
  const all = [...input.statistics.environments.keys()];
  const sources = sourcesOf(input, all, keptInterventions(input, countFlips(input), all));
  const train = probeTrainer(sources);
  const solved = new Map<ModeChoice, Result<Solved, MathError>>();
  return (head, choice, mode) => {
    const projected = solved.get(choice) ?? solveChoice(sources, choice);
    solved.set(choice, projected);
    if (!projected.ok) return projected;
    const { basis: _, ...named } = projected.value;
    return buildHead(head, approachOf(choice, mode), named, sources, train);
  };
}
