// The rules by which `auto` chooses (docs/method.md, “What `auto` chooses from”, 3 to 5): plain CLIP stands until
// something beats it where sources are left out.
// Decides from comparisons alone; what is compared is made elsewhere.

import type { HeadName, ModeChoice, ModeName } from '../answer/fitted-head.ts';
import { type Comparison, convinces, smallestGain } from './comparison.ts';

/** Why there is no more to go by than this. `estimated`: at least two labelled sources can be left out in turn. */
export type Situation =
  | { readonly kind: 'one-label' }
  | { readonly kind: 'no-shared-class' }
  | { readonly kind: 'no-labels' }
  | {
      readonly kind: 'not-above-chance';
      readonly accuracy: number;
      readonly chance: number;
      readonly sources: number;
    }
  | {
      readonly kind: 'one-source';
      readonly plain: number;
      readonly centred: number;
      readonly aboveChance: boolean;
    }
  | { readonly kind: 'estimated'; readonly sources: number };

/** A candidate that was held against what stood. */
export type Step = {
  readonly choice: ModeChoice;
  readonly over: ModeChoice;
  readonly comparison: Comparison;
  /** Standard errors that the gain had to exceed; 0 where it had to be above zero only. */
  readonly errors: number;
  readonly taken: boolean;
};

export type Decision = {
  readonly choice: ModeChoice;
  readonly situation: Situation;
  readonly steps: readonly Step[];
};

/** `ours` against `other` on sources left out; `undefined` where one of them could not be made. */
export type Compare = (ours: ModeChoice, other: ModeChoice) => Comparison | undefined;

/** Sources it takes to choose more than centring, or anything without a profile. */
export const enoughSources = 3;

const subspaces: readonly ModeChoice[] = ['edits', 'environments', 'dimension'];

/** Which candidates of a head and mode are worth comparing, in the order of the rules. */
export function candidatesOf(head: HeadName, mode: ModeName, situation: Situation): readonly ModeChoice[] {
  if (situation.kind !== 'estimated' && situation.kind !== 'not-above-chance') return [];
  if (head === 'zero-shot' && situation.sources >= enoughSources) return ['centred', ...subspaces];
  return mode === 'profiled' ? ['centred'] : [];
}

export function decide(head: HeadName, mode: ModeName, situation: Situation, compare: Compare): Decision {
  const unestimated = (choice: ModeChoice): Decision => ({ choice, situation, steps: [] });
  switch (situation.kind) {
    case 'one-label':
    case 'no-shared-class':
    case 'not-above-chance':
      return unestimated('plain');
    case 'no-labels':
      return unestimated(mode === 'profiled' ? 'centred' : 'plain');
    case 'one-source': {
      const helps = situation.aboveChance && situation.centred > situation.plain + smallestGain;
      return unestimated(mode === 'profiled' && helps ? 'centred' : 'plain');
    }
    case 'estimated':
      return climb(head, mode, situation, compare);
  }
}

function climb(head: HeadName, mode: ModeName, situation: Situation, compare: Compare): Decision {
  const steps: Step[] = [];
  let stands: ModeChoice = 'plain';
  for (const choice of candidatesOf(head, mode, situation)) {
    const comparison = compare(choice, stands);
    if (comparison === undefined) continue;
    const errors = errorsToBeat(head, mode, choice);
    const taken = errors === 0 ? comparison.gain > smallestGain : convinces(comparison, errors);
    steps.push({ choice, over: stands, comparison, errors, taken });
    if (taken) stands = choice;
  }
  return { choice: stands, situation, steps };
}

/**
 * With a profile, centring zero-shot is the default wherever it gains at all: it asks nothing of the sources but their mean. A
 * subspace without a profile has to convince twice over.
 */
function errorsToBeat(head: HeadName, mode: ModeName, choice: ModeChoice): number {
  if (choice !== 'centred') return mode === 'profiled' ? 1 : 2;
  return head === 'zero-shot' && mode === 'profiled' ? 0 : 1;
}

/** Whether `accuracy` of `pictures` answers is above chance by two standard errors. */
export function isAboveChance(accuracy: number, pictures: number, classCount: number): boolean {
  const error = Math.sqrt((accuracy * (1 - accuracy)) / Math.max(1, pictures));
  return accuracy - 1 / classCount > 2 * error;
}
