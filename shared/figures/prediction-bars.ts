// The most probable labels of one picture as bars. The true one, where known, is marked by more than its colour.

import { formatLabel, formatPercent } from './format.ts';
import { type Markup, markup } from './markup.ts';

export type Prediction = { label: string; probability: number };

export function renderPredictionBars(predictions: readonly Prediction[], trueLabel?: string): Markup {
  return markup`<ol class="icm-bars">${predictions.map((prediction) => renderBar(prediction, trueLabel))}</ol>`;
}

function renderBar({ label, probability }: Prediction, trueLabel: string | undefined): Markup {
  const isTrue = label === trueLabel;
  const width = (100 * Math.min(1, Math.max(0, probability))).toFixed(1);
  return markup`<li${isTrue ? markup` class="icm-true"` : undefined}><span class="icm-bar-label">${formatLabel(label)}${isTrue ? markup`<span class="icm-tick-mark" role="img" aria-label="correct">✓</span>` : undefined}</span><span class="icm-bar-value">${formatProbability(probability)}</span><svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="icm-bar-track" width="100" height="4"/><rect class="icm-bar" width="${width}" height="4"/></svg></li>`;
}

/** In whole per cent, with a thin space before the sign; what rounds to nothing is still more than nothing. */
function formatProbability(probability: number): string {
  return `${probability > 0 && probability < 0.005 ? '<\u20091' : formatPercent(probability, 0)}\u202f%`;
}
