// A projection as text for people: what was chosen, and what it is expected to gain.

import { formatGain } from '#figures/gain.ts';
import { describeMode, modeWords } from '#figures/mode-words.ts';
import type { ModeName } from '#shared/contracts/fit-report.ts';
import type { Projection, ProjectionMode } from '#shared/contracts/projection.ts';
import { formatPercent } from '../terminal/output.ts';

export function describeProjection(projection: Projection): string {
  const { name, version, release, status, labels, datasets, heads = [] } = projection;
  const state = release === undefined || release.state === 'past' ? '' : `, ${release.state}`;
  return [
    `${name}@${version}  ${status}${state}  (${projection.id})`,
    `  datasets  ${datasets.map((dataset) => dataset.name).join(', ') || 'none'}`,
    `  labels    ${labels?.length ?? 'not known yet'}`,
    ...heads.flatMap(describeModes),
    ...describeCorrections(projection),
    ...(release?.reason === undefined ? [] : [`  release   ${release.reason}`]),
    ...(release?.state === 'candidate'
      ? [`            clip-icm projections promote ${name}@${version}`]
      : []),
  ].join('\n');
}

/** What is in a fit is not held out of it: both figures are of the picture's environment left out, or of a version without it. */
function describeCorrections({ corrections }: Projection): string[] {
  if (corrections === undefined) return [];
  const lines = corrections.environments.map(({ environment, pictures, compared, before, after }) => {
    const figures =
      before === undefined || after === undefined
        ? 'not enough to tell'
        : `${formatPercent(before)} right before, ${formatPercent(after)} after, left out (${compared} pictures)`;
    return `            ${environment}: ${pictures} corrected, ${figures}`;
  });
  return [`  corrected ${corrections.taken} pictures`, ...lines];
}

type Head = NonNullable<Projection['heads']>[number];

function describeModes(head: Head): string[] {
  const { modes } = head;
  if (modes === undefined) return [`  ${head.head.padEnd(9)} ${describeHead(head)}`];
  const line = (name: ModeName, start: string) => {
    const mode = modes[name];
    return mode === undefined
      ? []
      : [
          `  ${start.padEnd(9)} ${modeWords[name].padEnd(17)} ${describeMode(head.head, mode)}${expected(mode)}`,
        ];
  };
  return [...line('unprofiled', head.head), ...line('profiled', '')];
}

function expected({ choice, estimate }: ProjectionMode): string {
  if (choice === 'plain' || estimate === undefined) return '';
  const { plain, accuracy, gain, environmentError } = estimate;
  return `; left out ${formatPercent(plain)} -> ${formatPercent(accuracy)}, ${formatGain(gain, environmentError)} points`;
}

/** In one line: what answers without a profile. */
export function describeHead(head: Head): string {
  if (head.modes !== undefined)
    return `${describeMode(head.head, head.modes.unprofiled)}${expected(head.modes.unprofiled)}`;
  const lambda = head.lambda === undefined ? '' : `, λ′ = ${Number(head.lambda.toPrecision(4))}`;
  const alpha = head.alpha === undefined ? '' : `, α = ${head.alpha}`;
  const chosen = `${head.estimator}${lambda}, ${head.dimension} dimensions${alpha}`;
  if (head.leftOut === undefined) return chosen;
  const { clip, projection, standardError } = head.leftOut;
  const error = formatPercent(standardError).replace(' %', '');
  return `${chosen}; left-out accuracy ${formatPercent(clip)} -> ${formatPercent(projection)} ± ${error}`;
}
