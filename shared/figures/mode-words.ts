// What the choices of a fit are called wherever they are shown: console, reports, terminal.

import type { Head } from '../contracts/fit.ts';
import type { ModeName, ModeReport } from '../contracts/fit-report.ts';
import { formatNumber } from './format.ts';

export const headWords: Readonly<Record<Head, string>> = {
  'zero-shot': 'zero-shot',
  probe: 'linear probe',
  wise: 'WiSE',
};

export const plainWords: Readonly<Record<Head, string>> = {
  'zero-shot': 'plain CLIP',
  probe: 'plain probe',
  wise: 'plain WiSE',
};

export const modeWords: Readonly<Record<ModeName, string>> = {
  profiled: 'with a profile',
  unprofiled: 'without a profile',
};

type Choice = Pick<ModeReport, 'choice' | 'dimension'> &
  Partial<Pick<ModeReport, 'estimator' | 'lambda' | 'centred'>>;

/** What a mode answers with, in a few words: `means taken out, 128 directions that edits leave alone`. */
export function describeMode(head: Head, mode: Choice): string {
  switch (mode.choice) {
    case 'plain':
      return plainWords[head];
    case 'centred':
      return 'means taken out';
    case 'edits':
      return `means taken out, ${mode.dimension} directions that edits leave alone`;
    case 'environments':
      return `means taken out, ${mode.dimension} directions that edits and environments leave alone`;
    case 'dimension':
      return `the ${mode.dimension} leading directions of the pictures`;
    case 'fixed':
      return describeFixed(head, mode);
  }
}

/** The same in one or two words, for lists. */
export function nameMode(head: Head, mode: Choice): string {
  switch (mode.choice) {
    case 'plain':
      return plainWords[head];
    case 'centred':
      return 'centred';
    case 'edits':
    case 'environments':
      return `centred, ${mode.choice}`;
    case 'dimension':
      return `${mode.dimension} directions`;
    case 'fixed':
      return describeFixed(head, mode);
  }
}

function describeFixed(
  head: Head,
  { estimator = 'identity', lambda, dimension, centred = false }: Choice,
): string {
  if (estimator === 'identity') return centred ? 'means taken out' : plainWords[head];
  const parts = [
    estimator,
    lambda === undefined ? '' : `λ′\u00a0=\u00a0${formatNumber(lambda)}`,
    estimator === 'soft' ? '' : `k\u00a0=\u00a0${dimension}`,
    centred ? 'means taken out' : '',
  ];
  return parts.filter(Boolean).join(', ');
}
