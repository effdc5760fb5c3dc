// What a field takes as the name of a dataset or projection: the rule of shared/contracts/common.ts, as browsers want it.

import { strings } from '../strings.ts';

export const nameRules = {
  required: true,
  // Browsers read it with the flag `v`, in which the hyphen of a class has to be escaped.
  pattern: '[a-z0-9](?:[a-z0-9._\\-]{0,61}[a-z0-9])?',
  title: strings.common.nameRule,
} as const;
