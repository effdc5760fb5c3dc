// Pictures with what was predicted for them before and after the projection.

import { formatLabel } from './format.ts';
import { type Markup, markup } from './markup.ts';
import { type Prediction, renderPredictionBars } from './prediction-bars.ts';

export type PictureCase = {
  /** A `data:` URI, so that the page stands alone. */
  source: string;
  environment: string;
  trueLabel?: string;
  /** Most probable first. */
  before: readonly Prediction[];
  after: readonly Prediction[];
};

/** `beforeName` and `afterName` head the two lists, e.g. "plain CLIP" and "projection". */
export function renderPictureGrid(
  cases: readonly PictureCase[],
  { beforeName, afterName }: { beforeName: string; afterName: string },
): Markup {
  return markup`<ul class="icm-pictures">${cases.map((one) => renderCase(one, beforeName, afterName))}</ul>`;
}

function renderCase(one: PictureCase, beforeName: string, afterName: string): Markup {
  const label = one.trueLabel === undefined ? undefined : formatLabel(one.trueLabel);
  const about = label === undefined ? one.environment : `${label}, ${one.environment}`;
  return markup`<li><div class="icm-case-head"><img src="${safeSource(one.source)}" alt="${about}" width="72" height="72"><p><strong>${label}</strong><span>${one.environment}</span></p></div>
<div class="icm-case-side"><h4>${beforeName}</h4>${renderPredictionBars(one.before, one.trueLabel)}</div>
<div class="icm-case-side icm-after"><h4>${afterName}</h4>${renderPredictionBars(one.after, one.trueLabel)}</div></li>
`;
}

/** Only pictures that travel with the page: nothing is ever fetched from elsewhere. */
function safeSource(source: string): string {
  return /^(?:data:image\/(?:png|jpeg|webp);base64,|blob:)/.test(source) ? source : '';
}
