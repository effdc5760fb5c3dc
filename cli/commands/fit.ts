// `clip-icm fit`: a projection from datasets of the service, or from a picture tree on disk that becomes one.

import { Command } from 'commander';
import { type ClipIcmClient, ClipIcmError } from '#client/client.ts';
import { pictureInterventionNames } from '#shared/contracts/intervention-defaults.ts';
import { ReleaseWish } from '#shared/contracts/release.ts';
import { type Layout, layouts } from '#shared/pictures/picture-tree.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { waitForVersion } from '../terminal/job-progress.ts';
import { print } from '../terminal/output.ts';
import { collect, oneOf, someOf, wholeNumber } from '../terminal/parse-option.ts';
import { describeUpload, uploadDirectory } from '../upload-directory.ts';
import { describeProjection } from './describe-projection.ts';
import { releaseWords, type SolveFlags, solveOptions, withSolveOptions } from './solve-options.ts';

type FitOptions = ConnectionOptions &
  SolveFlags & {
    readonly dataset?: string[];
    readonly directory?: string;
    readonly layout: Layout;
    readonly model?: string;
    readonly interventions?: (typeof pictureInterventionNames)[number][];
    readonly seed?: number;
    readonly release?: ReleaseWish;
    readonly wait: boolean;
  };

export function fitCommand(): Command {
  const command = new Command('fit')
    .description('fit a projection from datasets or a directory')
    .argument('<name>', 'of the projection')
    .option('--dataset <dataset>', 'name or id; may be repeated', collect)
    .option('--directory <directory>', 'pictures as environment/class/file, uploaded as the dataset <name>')
    .option(
      '--layout <layout>',
      'what the top folders are: environment or class',
      oneOf(layouts),
      'environment',
    )
    .option('--model <name>', 'default: the service’s')
    .option(
      '--interventions <names>',
      `comma-separated; default all: ${pictureInterventionNames.join(', ')}`,
      someOf(pictureInterventionNames),
    )
    .option('--seed <number>', 'of the interventions', wholeNumber(0, 0xffff_ffff))
    .option('--release <when>', releaseWords, oneOf(ReleaseWish.options))
    .option('--no-wait', 'return as soon as the fit has begun');
  return withConnection(withSolveOptions(command)).action(fit);
}

async function fit(name: string, options: FitOptions): Promise<void> {
  const datasets = [...(options.dataset ?? [])];
  if (datasets.length === 0 && options.directory === undefined) {
    throw new Error('Say what to fit from: --dataset or --directory.');
  }
  const client = await connect(options);
  if (options.directory !== undefined) {
    await ensureDataset(client, name);
    const uploaded = await uploadDirectory(client, name, options.directory, options.layout);
    const lines = describeUpload(uploaded);
    if (lines.length > 1) process.stderr.write(`${lines.join('\n')}\n`);
    datasets.push(name);
  }
  const { model, interventions, seed, release } = options;
  const request = { name, datasets, model, interventions, seed, release, ...solveOptions(options) };
  const accepted = await client.projections.fit(request);
  if (!options.wait) {
    return print(options, accepted, `Job ${accepted.job.id} fits ${name}@${accepted.projection.version}.`);
  }
  await waitForVersion(client, accepted);
  const projection = await client.projections.get(accepted.projection.id);
  print(options, projection, describeProjection(projection));
}

async function ensureDataset(client: ClipIcmClient, name: string): Promise<void> {
  try {
    await client.datasets.create({ name });
  } catch (error) {
    const isThere = error instanceof ClipIcmError && error.code === 'conflict';
    if (!isThere) throw error;
  }
}
