// What the demo found, as the one JSON object that `--json` prints and as text for a terminal.

import { formatMilliseconds, formatPoints } from '#figures/format.ts';
import { formatPercent, formatTable } from '../terminal/output.ts';
import { accuracy } from './classify-targets.ts';
import type { DemoOutcome } from './run-demo.ts';

export type DemoSummary = {
  readonly model: string;
  /** `leftOut`: accuracy on sources, each left out of the fit in turn; what the choice was made by. */
  readonly source: {
    readonly environments: readonly string[];
    readonly pictures: number;
    readonly leftOut: { readonly clip: number; readonly projection: number };
  };
  readonly target: { readonly environments: readonly string[]; readonly pictures: number };
  readonly classes: number;
  /** On the target. */
  readonly accuracy: { readonly clip: number; readonly projection: number };
  readonly estimator: string;
  /** JSON has no `undefined`: null where the estimator has no λ. */
  readonly lambda: number | null;
  readonly dimension: number;
  /** Medians. */
  readonly latencyMs: { readonly picture: number; readonly repeated: number; readonly embedding: number };
};

export function summarise(outcome: DemoOutcome): DemoSummary {
  const { samples, projection, labels, selection, answered, latencyMs } = outcome;
  const head = selection.heads[0];
  if (head === undefined) throw new Error('The fit came back without a selection.');
  return {
    model: projection.model?.id ?? 'unknown',
    source: {
      environments: samples.sourceStyles,
      pictures: samples.sources.length,
      leftOut: { clip: head.identity.score, projection: head.chosen.score },
    },
    target: { environments: samples.targetStyles, pictures: samples.targets.length },
    classes: labels.length,
    accuracy: { clip: accuracy(answered, 'clip'), projection: accuracy(answered, 'projection') },
    estimator: head.chosen.estimator,
    lambda: head.chosen.lambda ?? null,
    dimension: head.chosen.dimension,
    latencyMs,
  };
}

export function describeDemo(outcome: DemoOutcome, reportFile: string, seconds: number): string {
  const summary = summarise(outcome);
  const { source, target, latencyMs } = summary;
  const row = (name: string, pictures: number, clip: number, projection: number) => [
    name,
    pictures,
    formatPercent(clip),
    formatPercent(projection),
    formatPoints(projection - clip),
  ];
  const byStyle = outcome.samples.targetStyles.map((style) => {
    const answered = outcome.answered.filter(({ picture }) => picture.environment === style);
    return row(style, answered.length, accuracy(answered, 'clip'), accuracy(answered, 'projection'));
  });
  const table = formatTable(
    ['accuracy', 'pictures', 'plain CLIP', 'projection', ''],
    [
      row('sources, left out in turn', source.pictures, source.leftOut.clip, source.leftOut.projection),
      ...byStyle,
      row('all unseen styles', target.pictures, summary.accuracy.clip, summary.accuracy.projection),
    ],
    '',
  );
  const lambda = summary.lambda === null ? '' : `, λ′ = ${summary.lambda}`;
  const facts = [
    ['fitted on', `${source.environments.join(', ')} (${source.pictures} pictures)`],
    ['tried on', `${target.environments.join(', ')} (${target.pictures} pictures, never fitted on)`],
    ['model', `${summary.model}, ${summary.classes} classes`],
    [
      'chosen',
      `${summary.estimator}${lambda}, ${summary.dimension} of ${outcome.embeddingDimension} dimensions`,
    ],
    ['because', outcome.selection.heads[0]?.reason ?? ''],
    [
      'answers in',
      `${formatMilliseconds(latencyMs.picture)} for a first picture, ${formatMilliseconds(latencyMs.repeated)} for it again,`,
    ],
    ['', `${formatMilliseconds(latencyMs.embedding)} for an embedding (medians over HTTP)`],
    ['report', reportFile],
    ['took', `${seconds.toFixed(0)} s`],
  ];
  const lines = facts.map(([name = '', value = '']) => `  ${name.padEnd(11)} ${value}`);
  return ['', indent(table), '', ...lines, ''].join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
