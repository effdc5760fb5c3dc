// `clip-icm classify`: pictures from disk, labelled by a projection or by plain CLIP.

import { openAsBlob } from 'node:fs';
import { Command } from 'commander';
import type { ClassificationResponse, ClassificationResult } from '#shared/contracts/classification.ts';
import { Head } from '#shared/contracts/fit.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { formatPercent, formatTable, print } from '../terminal/output.ts';
import { collect, listOf, numberBetween, oneOf, wholeNumber } from '../terminal/parse-option.ts';

/** What one request takes; more pictures become more requests. */
const batchSize = 64;

type ClassifyOptions = ConnectionOptions & {
  readonly projection?: string;
  readonly model?: string;
  readonly labels?: string[];
  readonly template?: string[];
  readonly head?: Head;
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
    .option('--top-k <number>', 'labels shown for each picture', wholeNumber(1, 1000), 1)
    .option('--abstain-below <probability>', 'mark answers less probable', numberBetween(0, 1), 0);
  return withConnection(command).action(classify);
}

async function classify(files: readonly string[], options: ClassifyOptions): Promise<void> {
  const client = await connect(options);
  const pictures = await Promise.all(files.map(openPicture));
  const responses: ClassificationResponse[] = [];
  for (let start = 0; start < pictures.length; start += batchSize) {
    const { projection, model, labels, template: templates, head, topK, abstainBelow } = options;
    const settings = { projection, model, labels, templates, head, topK, abstainBelow };
    responses.push(await client.classifications.pictures(pictures.slice(start, start + batchSize), settings));
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
    formatTable(['picture', 'label', 'probability', 'from'], rows, ''),
  );
  if (results.some((result) => 'error' in result)) process.exitCode = 1;
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
