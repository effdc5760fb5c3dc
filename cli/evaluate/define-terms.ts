// What the numbers of an evaluation mean, in a sentence each, as it was run: the protocol, the profile, and what ± stands for.

import type { EvaluationOptions } from './evaluate.ts';
import { protocolDefinitions } from './protocol.ts';

export type Definitions = {
  readonly protocol: string;
  readonly profile: string;
  readonly standardError: string;
};

export function defineTerms(options: EvaluationOptions, seeds: number): Definitions {
  return {
    protocol: protocolDefinitions[options.protocol],
    profile: defineProfile(options),
    standardError: defineStandardError(options, seeds),
  };
}

function defineProfile({ profile }: EvaluationOptions): string {
  if (profile.size === 0) return 'No picture of the target took part in anything.';
  const which =
    profile.batch === 'spread' ? `number ⌊i·n/${profile.size}⌋ in the order of paths` : 'drawn by the seed';
  return (
    `A profile is the mean of ${profile.size} pictures of the target (at most half of them), ${which}, without their labels; every ` +
    'row is scored on the others. Rows that name no profile use no picture of the target.'
  );
}

function defineStandardError({ protocol, profile }: EvaluationOptions, seeds: number): string {
  if (seeds < 2) return 'One seed was run, so accuracies have no ±.';
  const changes = [
    ...(protocol === 'full' ? [] : ['the split']),
    ...(profile.size > 0 && profile.batch === 'drawn'
      ? ["a profile's pictures, and with them which are scored"]
      : []),
    'the random interventions',
  ];
  return (
    `± beside an accuracy is the standard error over ${seeds} seeds: their sample standard deviation divided by √${seeds}. A seed changes ` +
    `${changes.join(', and ')}; what other pictures or other environments would change is in the errors of the gains alone.`
  );
}
