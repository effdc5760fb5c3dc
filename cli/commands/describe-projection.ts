// A projection as text for people: what was chosen, and what it is expected to gain.

import type { Projection } from '#shared/contracts/projection.ts';
import { formatPercent } from '../terminal/output.ts';

export function describeProjection(projection: Projection): string {
  const { name, version, current, status, labels, datasets, heads = [] } = projection;
  return [
    `${name}@${version}  ${status}${current ? ', current' : ''}  (${projection.id})`,
    `  datasets  ${datasets.map((dataset) => dataset.name).join(', ') || 'none'}`,
    `  labels    ${labels?.length ?? 'not known yet'}`,
    ...heads.map((head) => `  ${head.head.padEnd(9)} ${describeHead(head)}`),
  ].join('\n');
}

export function describeHead(head: NonNullable<Projection['heads']>[number]): string {
  const lambda = head.lambda === undefined ? '' : `, λ′ = ${Number(head.lambda.toPrecision(4))}`;
  const alpha = head.alpha === undefined ? '' : `, α = ${head.alpha}`;
  const chosen = `${head.estimator}${lambda}, ${head.dimension} dimensions${alpha}`;
  if (head.leftOut === undefined) return chosen;
  const { clip, projection, standardError } = head.leftOut;
  const error = formatPercent(standardError).replace(' %', '');
  return `${chosen}; left-out accuracy ${formatPercent(clip)} -> ${formatPercent(projection)} ± ${error}`;
}
