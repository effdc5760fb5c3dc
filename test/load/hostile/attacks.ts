// All attacks, in the order in which they are run, and how one is ordered from a process.

import { answerAttacks } from './answer-attacks.ts';
import type { Attack, AttackTarget } from './attack.ts';
import { bodyAttacks } from './body-attacks.ts';
import { pictureAttacks } from './picture-attacks.ts';
import { sharedAttacks } from './shared-attacks.ts';

export const attacks: readonly Attack[] = [
  ...sharedAttacks,
  ...pictureAttacks,
  ...bodyAttacks,
  ...answerAttacks,
];

export type AttackOrder = {
  readonly name: string;
  readonly target: Omit<AttackTarget, 'siteUrl'>;
  readonly seconds: number;
};
