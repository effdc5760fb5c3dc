// A profile as text for people: how many pictures it knows, and how it looks to a projection.

import { formatNumber } from '#figures/format.ts';
import type { EnvironmentDetail, EnvironmentFit } from '#shared/contracts/environment.ts';
import { formatTable } from '../terminal/output.ts';

export function describeEnvironment({ fit, ...environment }: EnvironmentDetail): string {
  const { name, model, pictures, revision, createdAt, updatedAt } = environment;
  return [
    `${name}  ${pictures} pictures, revision ${revision}`,
    `  model    ${model.id} (${model.revision.slice(0, 12)})`,
    `  made     ${createdAt}`,
    `  changed  ${updatedAt}`,
    ...(fit === undefined ? [] : ['', describeFit(fit)]),
  ].join('\n');
}

function describeFit({ projection, heads }: EnvironmentFit): string {
  const heading = `Seen by ${projection.name}@${projection.version}:`;
  return [heading, ...heads.flatMap((head) => ['', ...describeHead(head)])].join('\n');
}

function describeHead({
  head,
  mode,
  skewed,
  answeredClasses,
  sourceClasses,
  distances,
}: EnvironmentFit['heads'][number]): string[] {
  const use =
    mode === 'unused' ? 'answers best without a profile, so it is not used' : 'its mean is taken out';
  const rows = distances.map(({ source, kept, dropped }) => [
    source,
    formatNumber(kept),
    dropped === undefined ? '' : formatNumber(dropped),
  ]);
  const columns = ['source', 'distance (standard errors) in what is kept', 'in what is dropped'];
  const spread =
    answeredClasses === undefined || sourceClasses === undefined
      ? ''
      : `; its pictures are answered with ${formatNumber(answeredClasses)} classes, as many of the sources with ${formatNumber(sourceClasses)}`;
  const warning = skewed
    ? ['  skewed: it shows too few classes, so its mean may harm. Add pictures of other classes.']
    : [];
  return [`${head}: ${use}${spread}`, ...warning, ...indent(formatTable(columns, rows, ''))];
}

function indent(text: string): string[] {
  return text === '' ? [] : text.split('\n').map((line) => `  ${line}`);
}
