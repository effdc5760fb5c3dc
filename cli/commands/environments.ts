// `clip-icm environments`: profiles of the places that pictures come from. A few of their pictures, without labels, are enough.

import { Command } from 'commander';
import { type ClipIcmClient, ClipIcmError } from '#client/client.ts';
import type { EnvironmentChanged } from '#shared/contracts/environment.ts';
import { watchedDaysKept } from '#shared/contracts/limits.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { listPictures } from '../list-pictures.ts';
import { openPicture } from '../open-picture.ts';
import { waitForJob } from '../terminal/job-progress.ts';
import { formatTable, print } from '../terminal/output.ts';
import { wholeNumber } from '../terminal/parse-option.ts';
import { createStatusLine, formatBar } from '../terminal/status-line.ts';
import { describeEnvironment } from './describe-environment.ts';
import { describeWatch } from './describe-watch.ts';

/** What one request takes; more pictures become more additions. */
const batchSize = 64;

type AddOptions = ConnectionOptions & {
  readonly dataset?: string;
  readonly environment?: string;
  readonly model?: string;
};

export function environmentsCommand(): Command {
  const command = new Command('environments').description(
    'profiles of where pictures come from: the mean of a few unlabelled ones, taken out of each answer',
  );
  const add = (usage: string, description: string, example: string) =>
    withConnection(command.command(usage))
      .description(description)
      .addHelpText('after', `\nExample:\n  clip-icm environments ${example}`);
  add(
    'add <name> [pictures...]',
    'pictures, or folders of them, to a profile, which is made where there is none; 32 that show many classes are enough',
    'add night-camera frames/night',
  )
    .option('--dataset <dataset>', 'take them from a dataset instead, with --environment')
    .option('--environment <name>', 'of the dataset')
    .option('--model <name>', 'of a profile to be made; default: the service’s')
    .action(addPictures);
  add(
    'show <name>',
    'one, and with --projection how it looks to it; also projection:source',
    'show night-camera --projection wildlife',
  )
    .option('--projection <projection>', 'name, name@version or id')
    .action(show);
  add(
    'watch <name>',
    'how its pictures have been, day by day, beside its profile',
    'watch night-camera --projection wildlife',
  )
    .option('--projection <projection>', 'only what it answered: name, name@version or id')
    .option('--days <days>', 'how many, at most 90', wholeNumber(1, watchedDaysKept), 30)
    .action(watch);
  add(
    'adopt <name>',
    'make its profile of what was watched: of the present drift’s days, or of the last week',
    'adopt night-camera --from 2026-11-06',
  )
    .option('--from <day>', 'first day, UTC')
    .option('--to <day>', 'last day, UTC')
    .action(adopt);
  add('list', 'all of them', 'list').action(list);
  add('delete <name>', 'from then on requests that name it are refused', 'delete night-camera').action(
    remove,
  );
  return command;
}

async function addPictures(name: string, places: readonly string[], options: AddOptions): Promise<void> {
  const { dataset, environment } = options;
  if ((dataset === undefined) !== (environment === undefined)) {
    throw new Error('--dataset and --environment go together: which environment of which dataset.');
  }
  if ((places.length === 0) === (dataset === undefined)) {
    throw new Error(
      'Say which pictures: files or folders, or an environment of a dataset (--dataset and --environment).',
    );
  }
  if (dataset !== undefined && environment !== undefined) {
    return addFromDataset(await connect(options), name, { dataset, environment }, options);
  }
  const files = await listPictures(places);
  await addFiles(await connect(options), name, files, options);
}

async function addFromDataset(
  client: ClipIcmClient,
  name: string,
  from: { readonly dataset: string; readonly environment: string },
  options: AddOptions,
): Promise<void> {
  const { environments } = client;
  const job = (await isThere(client, name))
    ? await environments.addFromDataset(name, from)
    : await environments.createFromDataset({ name, model: options.model }, from);
  await waitForJob(client, job.id);
  const made = await environments.get(name);
  print(options, made, describeEnvironment(made));
}

async function addFiles(
  client: ClipIcmClient,
  name: string,
  files: readonly string[],
  options: AddOptions,
): Promise<void> {
  const skipped: { file: string; code: string; detail: string }[] = [];
  const line = createStatusLine();
  let exists = await isThere(client, name);
  let last: EnvironmentChanged | undefined;
  let used = 0;
  try {
    for (let start = 0; start < files.length; start += batchSize) {
      const share = start / files.length;
      line.update(`add  ${formatBar(share)}  ${Math.floor(share * 100)} %  ${start} of ${files.length}`);
      const batch = files.slice(start, start + batchSize);
      const pictures = await Promise.all(batch.map(openPicture));
      last = exists
        ? await client.environments.addFrom(name, pictures)
        : await client.environments.createFrom({ name, model: options.model }, pictures);
      exists = true;
      used += last.used;
      for (const { index, code, detail } of last.failures) {
        skipped.push({ file: batch[index] ?? '', code, detail });
      }
    }
  } finally {
    line.clear();
  }
  if (last === undefined) return;
  const { failures: _, ...profile } = last;
  const text = [
    ...skipped.map(({ file, detail }) => `skipped ${file}: ${detail}`),
    `${used} of ${files.length} pictures added; ${name} now has ${last.pictures}, revision ${last.revision}.`,
  ];
  print(options, { ...profile, used, skipped }, text.join('\n'));
  if (skipped.length > 0) process.exitCode = 1;
}

async function isThere(client: ClipIcmClient, name: string): Promise<boolean> {
  try {
    await client.environments.get(name);
    return true;
  } catch (error) {
    if (error instanceof ClipIcmError && error.status === 404) return false;
    throw error;
  }
}

async function show(name: string, options: ConnectionOptions & { projection?: string }): Promise<void> {
  const { projection } = options;
  const found = await (await connect(options)).environments.get(name, { projection });
  print(options, found, describeEnvironment(found));
}

async function watch(
  name: string,
  { projection, days, ...options }: ConnectionOptions & { projection?: string; days: number },
): Promise<void> {
  const found = await (await connect(options)).environments.watch(name, { projection, days });
  print(options, found, describeWatch(found));
}

async function adopt(
  name: string,
  { from, to, ...options }: ConnectionOptions & { from?: string; to?: string },
): Promise<void> {
  const made = await (await connect(options)).environments.adopt(name, {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  });
  const { adopted, pictures, revision } = made;
  const text = `${name} is now the mean of ${pictures} pictures, from ${adopted.from} to ${adopted.to}; revision ${revision}.`;
  print(options, made, text);
}

async function list(options: ConnectionOptions): Promise<void> {
  const environments = await (await connect(options)).environments.all();
  const rows = environments.map(({ name, pictures, revision, model, updatedAt }) => [
    name,
    pictures,
    revision,
    model.id,
    updatedAt,
  ]);
  const columns = ['environment', 'pictures', 'revision', 'model', 'changed'];
  const nothing = 'No environments. Make one: clip-icm environments add <name> <folder of pictures>';
  print(options, environments, formatTable(columns, rows, nothing));
}

async function remove(name: string, options: ConnectionOptions): Promise<void> {
  await (await connect(options)).environments.delete(name);
  print(options, { deleted: name }, `Deleted ${name}.`);
}
