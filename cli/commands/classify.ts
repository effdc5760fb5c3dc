// `clip-icm classify`: pictures from disk, labelled by a projection or by plain CLIP; of a tree also how many are right. With
// --dataset those of the service, by a job.

import { Command } from 'commander';
import type { ClipIcmClient } from '#client/client.ts';
import type { ClassificationResponse } from '#shared/contracts/classification.ts';
import { Head } from '#shared/contracts/fit.ts';
import { maxInputs } from '#shared/contracts/limits.ts';
import { type AskedPicture, findAskedPictures } from '../classify-pictures.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { openPicture } from '../open-picture.ts';
import { print } from '../terminal/output.ts';
import { collect, listOf, numberBetween, oneOf, wholeNumber } from '../terminal/parse-option.ts';
import { createStatusLine, formatBar } from '../terminal/status-line.ts';
import { classifyDataset } from './classify-dataset.ts';
import {
  type Answered,
  answersAsCsv,
  answersAsJson,
  countRight,
  describeAnswers,
} from './describe-answers.ts';

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
  readonly csv?: string | true;
  readonly dataset?: string;
  readonly onlyEnvironment?: string;
  readonly onlyClass?: string;
  readonly byItem?: true;
  readonly wait: boolean;
};

export function classifyCommand(): Command {
  const command = new Command('classify')
    .description('label pictures by a projection or by plain CLIP')
    .argument('[pictures...]', 'files, or directories: flat, or a tree of environment/class/file')
    .option('--dataset <dataset>', 'the pictures of a dataset instead, by a job')
    .option('--only-environment <name>', 'of the dataset')
    .option('--only-class <name>', 'of the dataset')
    .option('--projection <projection>', 'name, name@version or id; without it plain CLIP answers')
    .option('--labels <labels>', 'comma-separated; of plain CLIP, default: the classes of the tree', listOf)
    .option('--template <template>', 'e.g. "a picture of a {}"; may be repeated', collect)
    .option('--model <name>', 'of plain CLIP')
    .option('--head <head>', Head.options.join(', '), oneOf(Head.options))
    .option('--environment <name>', 'where the pictures come from: a profile, or projection:source')
    .option('--by-item', 'of a dataset: each picture with the profile that its own environment names')
    .option('--strength <number>', 'how far to go towards the environment, 0 to 2', numberBetween(0, 2))
    .option(
      '--reference <which>',
      'plain CLIP with an environment: compare it with the other profiles, or none',
      oneOf(references),
    )
    .option('--top-k <number>', 'labels shown for each picture', wholeNumber(1, 1000), 1)
    .option('--abstain-below <probability>', 'mark answers less probable', numberBetween(0, 1), 0)
    .option('--csv [file]', 'print comma-separated values; of a dataset, into a file where one is named')
    .option('--no-wait', 'of a dataset: return as soon as the job has begun')
    .addHelpText(
      'after',
      '\nExample:\n  clip-icm classify frames/ --projection wildlife --environment night-camera',
    );
  return withConnection(command).action(classify);
}

async function classify(given: readonly string[], options: ClassifyOptions, command: Command): Promise<void> {
  if (options.dataset !== undefined) {
    if (given.length > 0) command.error('error: either pictures or --dataset, not both.');
    return classifyBatch(options.dataset, options);
  }
  if (options.onlyEnvironment ?? options.onlyClass ?? options.byItem ?? (options.wait ? undefined : true)) {
    command.error('error: --only-environment, --only-class, --by-item and --no-wait go with --dataset.');
  }
  // `--csv frames/` means the pictures, which are printed.
  const names = typeof options.csv === 'string' ? [options.csv, ...given] : given;
  if (names.length === 0) command.error('error: say which pictures: files or directories, or --dataset.');
  const pictures = await findAskedPictures(names);
  const client = await connect(options);
  const { answered, served } = await askAbout(client, pictures, options);
  const right = countRight(answered);
  if (options.csv !== undefined) process.stdout.write(`${answersAsCsv(answered)}\r\n`);
  else
    print(
      options,
      { ...served, ...right, results: answersAsJson(answered) },
      describeAnswers(answered, right, served?.environment),
    );
  if (answered.some(({ result }) => 'error' in result)) process.exitCode = 1;
}

async function classifyBatch(dataset: string, options: ClassifyOptions): Promise<void> {
  const { onlyEnvironment: environment, onlyClass, byItem } = options;
  const from = { dataset, environment, class: onlyClass };
  const client = await connect(options);
  const settings = settingsOf(options);
  const labels =
    options.labels ?? (options.projection === undefined ? await classesIn(client, dataset) : undefined);
  const environments = byItem === undefined ? undefined : 'by-item';
  await classifyDataset(client, { from, ...settings, labels, environments }, options);
}

async function classesIn(client: ClipIcmClient, dataset: string): Promise<string[] | undefined> {
  const classes = (await client.datasets.get(dataset)).classes.map(({ name }) => name);
  return classes.length === 0 ? undefined : classes;
}

/** As many requests as it takes; the next is opened only when the one before is answered. */
async function askAbout(client: ClipIcmClient, pictures: readonly AskedPicture[], options: ClassifyOptions) {
  const labels = options.labels ?? (options.projection === undefined ? classesOf(pictures) : undefined);
  const settings = settingsOf({ ...options, ...(labels === undefined ? {} : { labels }) });
  const line = createStatusLine();
  const answered: Answered[] = [];
  let served: Omit<ClassificationResponse, 'results'> | undefined;
  try {
    for (let start = 0; start < pictures.length; start += maxInputs) {
      const share = start / pictures.length;
      line.update(`classify  ${formatBar(share)}  ${start} of ${pictures.length}`);
      const batch = pictures.slice(start, start + maxInputs);
      const blobs = await Promise.all(batch.map(({ file }) => openPicture(file)));
      const { results, ...rest } = await client.classifications.pictures(blobs, settings);
      served ??= rest;
      for (const [index, picture] of batch.entries()) {
        const result = results[index];
        if (result !== undefined) answered.push({ ...picture, result: { ...result, index: start + index } });
      }
    }
  } finally {
    line.clear();
  }
  return { answered, served };
}

function classesOf(pictures: readonly AskedPicture[]): string[] | undefined {
  const classes = new Set(pictures.flatMap((picture) => picture.class ?? []));
  return classes.size === 0 ? undefined : [...classes].sort();
}

function settingsOf(options: ClassifyOptions) {
  const { projection, model, labels, template: templates, head, topK, abstainBelow } = options;
  const { environment, strength, reference } = options;
  const settings = { projection, model, labels, templates, head, topK, abstainBelow };
  return { ...settings, environment, strength, reference };
}
