// A difference beside its error. What lies within the error is no gain and no loss, and is not coloured as one.

import { formatPercent, formatPoints } from './format.ts';
import { type Markup, markup } from './markup.ts';

export type Verdict = 'gain' | 'loss' | 'even';

/** Shares, not points. Without an error every difference that would show counts. */
export function judgeGain(difference: number, standardError = 0): Verdict {
  if (!(Math.abs(difference) > standardError && Math.abs(difference) >= 5e-4)) return 'even';
  return difference > 0 ? 'gain' : 'loss';
}

export const verdictClass: Readonly<Record<Verdict, string>> = {
  gain: 'icm-gain',
  loss: 'icm-loss',
  even: 'icm-even',
};

/** A difference in points, signed, and coloured where it is beyond its error; the error itself is not shown. */
export function renderGain(difference: number, standardError = 0): Markup {
  const kind = verdictClass[judgeGain(difference, standardError)];
  return markup`<span class="${kind}">${formatPoints(difference)}</span>`;
}

/** `+6.3 ± 1.0`. */
export function renderGainWithError(difference: number, standardError: number): Markup {
  return markup`${renderGain(difference, standardError)} <small>± ${formatPercent(standardError)}</small>`;
}

/** `+6.3 ± 1.0`, for where there is no markup. */
export function formatGain(difference: number, standardError: number): string {
  return `${formatPoints(difference)} ± ${formatPercent(standardError)}`;
}
