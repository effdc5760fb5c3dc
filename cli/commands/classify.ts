// `clip-icm classify`: pictures from disk, labelled by a projection or by plain CLIP.

import { openAsBlob } from 'node:fs';
import { Command } from 'commander';
import type {
  AnsweredEnvironment,
  ClassificationResponse,
  ClassificationResult,
} from '#shared/contracts/classification.ts';
import { Head } from '#shared/contracts/fit.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { formatPercent, formatTable, print } from '../terminal/output.ts';
import { collect, listOf, numberBetween, oneOf, wholeNumber } from '../terminal/parse-option.ts';

/** What one request takes; more pictures become more requests. */
const batchSize = 64;
const references = ['profiles', 'none'] as const;

type ClassifyOptions = ConnectionOptions & {
  readonly projection?: string;
  readonly model?: string;
  readonly labels?: string[];
  readonly template?: string[];
  readonly head?: Head;
  readonly environment?: string;
  readonly strength?: number;
  readonly reference?: 'profiles' | 'none';
  readonly topK: number;
  readonly abstainBelow: number;
};

export function classifyCommand(): Command {
  const command = new Command('classify')
    .description('label pictures by a projection or by plain CLIP')
    .argument('<pictures...>', 'picture files')
    .option('--projection <projection>', 'name, name@version or id; without it plain CLIP answers')
    .option('--labels <labels>', 'comma-separated; needed by plain CLIP', listOf)
    .option('--template <template>', 'e.g. "a picture of a {}"; may be repeated', collect)
    .option('--model <name>', 'of plain CLIP')
    .option('--head <head>', Head.options.join(', '), oneOf(Head.options))
    .option('--environment <name>', 'where the pictures come from: a profile, or projection:source')
    .option('--strength <number>', 'how far to go towards the environment, 0 to 2', numberBetween(0, 2))
    .option(
      '--reference <which>',
      'plain CLIP with an environment: compare it with the other profiles, or none',
      oneOf(references),
    )
    .option('--top-k <number>', 'labels shown for each picture', wholeNumber(1, 1000), 1)
    .option('--abstain-below <probability>', 'mark answers less probable', numberBetween(0, 1), 0)
    .addHelpText(
      'after',
      '\nExample:\n  clip-icm classify frames/*.jpg --projection wildlife --environment night-camera',
    );
  return withConnection(command).action(classify);
}

async function classify(files: readonly string[], options: ClassifyOptions): Promise<void> {
  const client = await connect(options);
  const pictures = await Promise.all(files.map(openPicture));
  const responses: ClassificationResponse[] = [];
  for (let start = 0; start < pictures.length; start += batchSize) {
    const batch = pictures.slice(start, start + batchSize);
    responses.push(await client.classifications.pictures(batch, settingsOf(options)));
  }
  const results = responses
    .flatMap(({ results: batch }) => batch)
    .map((result, index) => ({ ...result, index }));
  const answers = results.map((result) => ({ file: files[result.index], ...result }));
  const rows = results.flatMap((result) => describeResult(files[result.index] ?? '', result));
  const [first] = responses;
  const { results: _, ...served } = first ?? {};
  print(
    options,
    { ...served, results: answers },
    [
      formatTable(['picture', 'label', 'probability', 'from'], rows, ''),
      ...(first?.environment === undefined ? [] : ['', describeAnswered(first.environment)]),
    ].join('\n'),
  );
  if (results.some((result) => 'error' in result)) process.exitCode = 1;
}

function settingsOf(options: ClassifyOptions) {
  const { projection, model, labels, template: templates, head, topK, abstainBelow } = options;
  const { environment, strength, reference } = options;
  const settings = { projection, model, labels, templates, head, topK, abstainBelow };
  return { ...settings, environment, strength, reference };
}

/** What the profile did to the answers. */
export function describeAnswered({ name, pictures, revision, mode, skewed }: AnsweredEnvironment): string {
  const what = `environment ${name}: ${pictures} pictures${revision === 0 ? '' : `, revision ${revision}`}`;
  if (mode === 'unused') return `${what}; not used, since this head answers best without a profile`;
  if (!skewed) return `${what}; its mean was taken out`;
  return (
    `${what}; its mean was taken out, but its pictures show fewer than half as many classes as the sources do: ` +
    'add pictures of other classes, or these answers may be worse than without it'
  );
}

async function openPicture(file: string): Promise<Blob> {
  try {
    return await openAsBlob(file);
  } catch {
    throw new Error(`${file} cannot be read.`);
  }
}

function describeResult(file: string, result: ClassificationResult): string[][] {
  if ('error' in result) return [[file, `error: ${result.error.detail}`, '', '']];
  return result.predictions.map(({ label, probability }, rank) => [
    rank === 0 ? file : '',
    rank === 0 && result.abstained ? `${label} (abstained)` : label,
    formatPercent(probability),
    rank === 0 ? result.embedding : '',
  ]);
}
