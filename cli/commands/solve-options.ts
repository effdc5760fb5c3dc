// The options that `fit` and `projections refit` share: how the projection is solved for.

import type { Command } from 'commander';
import type { z } from 'zod';
import { EstimatorName, Head, type SolveOptions } from '#shared/contracts/fit.ts';
import {
  collect,
  listOf,
  numberBetween,
  oneOf,
  orAuto,
  someOf,
  wholeNumber,
} from '../terminal/parse-option.ts';

/** Of `--release`. */
export const releaseWords =
  'auto: current where it is not below the present version (default); current: in any case; candidate: not by itself';

export type SolveFlags = {
  readonly estimator?: 'auto' | EstimatorName;
  readonly lambda?: 'auto' | number;
  readonly dimension?: 'auto' | number;
  readonly heads?: Head[];
  readonly labels?: string[];
  readonly template?: string[];
  readonly centred?: true;
  readonly removeMean?: true;
};

export function withSolveOptions(command: Command): Command {
  return command
    .option(
      '--estimator <name>',
      `auto, ${EstimatorName.options.join(', ')}`,
      orAuto(oneOf(EstimatorName.options)),
    )
    .option('--lambda <number>', 'auto, or the relative λ′', orAuto(numberBetween(0, 1e6)))
    .option('--dimension <number>', 'auto, or the number of directions kept', orAuto(wholeNumber(1, 4096)))
    .option('--heads <heads>', `comma-separated: ${Head.options.join(', ')}`, someOf(Head.options))
    .option('--labels <labels>', 'comma-separated; default: the classes of the datasets', listOf)
    .option('--template <template>', 'e.g. "a picture of a {}"; may be repeated', collect)
    .option('--centred', 'take the mean out of the second moments')
    .option('--remove-mean', 'take the mean of each modality out before projecting');
}

export function solveOptions(flags: SolveFlags): Partial<z.input<typeof SolveOptions>> {
  const { estimator, lambda, dimension, heads, labels, template: templates, centred, removeMean } = flags;
  return { estimator, lambda, dimension, heads, labels, templates, centred, removeMean };
}
