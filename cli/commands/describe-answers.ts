// What pictures were answered, in words, as comma-separated values and as JSON; of those whose class is known, how many are right.

import type { AnsweredEnvironment, ClassificationResult } from '#shared/contracts/classification.ts';
import { formatCsv } from '#shared/csv.ts';
import { asWords } from '#shared/pictures/prompts.ts';
import type { AskedPicture } from '../classify-pictures.ts';
import { formatPercent, formatTable } from '../terminal/output.ts';

export type Answered = AskedPicture & { readonly result: ClassificationResult };

/** What the profile did to the answers. */
export function describeAnsweredEnvironment({
  name,
  pictures,
  revision,
  mode,
  skewed,
}: AnsweredEnvironment): string {
  const what = `environment ${name}: ${pictures} pictures${revision === 0 ? '' : `, revision ${revision}`}`;
  if (mode === 'unused') return `${what}; not used, since this head answers best without a profile`;
  if (!skewed) return `${what}; its mean was taken out`;
  return (
    `${what}; its mean was taken out, but its pictures show fewer than half as many classes as the sources do: ` +
    'add pictures of other classes, or these answers may be worse than without it'
  );
}

type Right = { readonly accuracy?: number; readonly right?: number; readonly of?: number };

/** Of the pictures whose class is known and that were answered. */
export function countRight(answered: readonly Answered[]): Right {
  const known = answered.filter((picture) => picture.class !== undefined && !('error' in picture.result));
  if (known.length === 0) return {};
  const right = known.filter(isRight).length;
  return { accuracy: right / known.length, right, of: known.length };
}

function isRight({ result, class: own }: Answered): boolean {
  return !('error' in result) && asWords(result.label) === asWords(own ?? '');
}

export function describeAnswers(
  answered: readonly Answered[],
  { right }: Right,
  environment: AnsweredEnvironment | undefined,
): string {
  const table = formatTable(['picture', 'label', 'probability', 'from'], answered.flatMap(rowsOf), '');
  return [
    table,
    ...(right === undefined ? [] : ['', describeRight(answered)]),
    ...(environment === undefined ? [] : ['', describeAnsweredEnvironment(environment)]),
  ].join('\n');
}

function describeRight(answered: readonly Answered[]): string {
  const environments = [...new Set(answered.map(({ environment }) => environment ?? ''))];
  const lines = [...environments, undefined].map((name) => {
    const { accuracy = 0, ...counted } = countRight(
      answered.filter(({ environment }) => name === undefined || environment === name),
    );
    return [name ?? 'all', counted.right ?? 0, counted.of ?? 0, formatPercent(accuracy)];
  });
  return formatTable(['environment', 'right', 'of', 'accuracy'], lines, '');
}

function rowsOf({ file, result }: Answered): string[][] {
  if ('error' in result) return [[file, `error: ${result.error.detail}`, '', '']];
  return result.predictions.map(({ label, probability }, rank) => [
    rank === 0 ? file : '',
    rank === 0 && result.abstained ? `${label} (abstained)` : label,
    formatPercent(probability),
    rank === 0 ? result.embedding : '',
  ]);
}

export function answersAsCsv(answered: readonly Answered[]): string {
  return formatCsv(csvColumns, answered.flatMap(csvRows));
}

const csvColumns = [
  'picture',
  'environment',
  'class',
  'rank',
  'label',
  'probability',
  'score',
  'abstained',
  'error',
];

function csvRows({ file, environment = '', class: own = '', result }: Answered): (string | number)[][] {
  if ('error' in result) return [[file, environment, own, '', '', '', '', '', result.error.detail]];
  return result.predictions.map(({ label, probability, score }, rank) => {
    return [file, environment, own, rank + 1, label, probability, score, String(result.abstained), ''];
  });
}

export function answersAsJson(answered: readonly Answered[]) {
  return answered.map(({ result, ...picture }) => ({ ...picture, ...result }));
}
