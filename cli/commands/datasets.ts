// `clip-icm datasets`: make them, fill them from disk or from addresses, look, delete.

import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { type ClipIcmClient, ClipIcmError } from '#client/client.ts';
import type { Dataset } from '#shared/contracts/dataset.ts';
import { type Layout, layouts } from '#shared/pictures/picture-tree.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { confirm } from '../terminal/confirm.ts';
import { waitForJob } from '../terminal/job-progress.ts';
import { formatSize, formatTable, print } from '../terminal/output.ts';
import { oneOf } from '../terminal/parse-option.ts';
import { describeUpload, uploadDirectory } from '../upload-directory.ts';

export function datasetsCommand(): Command {
  const command = new Command('datasets').description('make datasets and fill them');
  const add = (usage: string, description: string) =>
    withConnection(command.command(usage)).description(description);
  add('list', 'all of them').action(list);
  add('create <name>', 'an empty one').option('--description <text>').action(create);
  add('get <dataset>', 'one, with its environments and classes').action(get);
  add('upload <dataset> <directory>', 'pictures as environment/class/file or environment/file')
    .option(
      '--layout <layout>',
      'what the top folders are: environment or class',
      oneOf(layouts),
      'environment',
    )
    .option('--create', 'make the dataset where there is none')
    .action(upload);
  add('import <dataset> <file>', 'pictures by address: a JSON array of {url, environment, class}').action(
    importUrls,
  );
  add('items <dataset>', 'its pictures').action(items);
  add('delete <dataset>', 'and its pictures').action(remove);
  return command;
}

async function list(options: ConnectionOptions): Promise<void> {
  const client = await connect(options);
  const datasets = await client.datasets.all();
  const rows = datasets.map(({ name, pictures, environments, classes, id }) => [
    name,
    pictures,
    environments.length,
    classes.length,
    id,
  ]);
  const columns = ['dataset', 'pictures', 'environments', 'classes', 'id'];
  print(options, datasets, formatTable(columns, rows, 'No datasets.'));
}

async function create(name: string, options: ConnectionOptions & { description?: string }): Promise<void> {
  const dataset = await (await connect(options)).datasets.create({ name, description: options.description });
  print(options, dataset, `Made ${dataset.name} (${dataset.id}).`);
}

async function get(name: string, options: ConnectionOptions): Promise<void> {
  const dataset = await (await connect(options)).datasets.get(name);
  print(options, dataset, describeDataset(dataset));
}

function describeDataset({ name, id, pictures, bytes, environments, classes }: Dataset): string {
  const rows = environments.map((environment) => [environment.name, environment.pictures]);
  return [
    `${name}  (${id})  ${pictures} pictures, ${formatSize(bytes)}, ${classes.length} classes`,
    formatTable(['environment', 'pictures'], rows, 'It is empty.'),
  ].join('\n');
}

type UploadOptions = ConnectionOptions & { readonly create?: true; readonly layout: Layout };

async function upload(dataset: string, directory: string, options: UploadOptions): Promise<void> {
  const client = await connect(options);
  await ensureDataset(client, dataset, options);
  const result = await uploadDirectory(client, dataset, directory, options.layout);
  print(options, result, describeUpload(result).join('\n'));
}

/** Before anything is read from disk: a name with a slip in it is not to become a dataset without a word. */
async function ensureDataset(client: ClipIcmClient, name: string, { create }: UploadOptions): Promise<void> {
  try {
    await client.datasets.get(name);
  } catch (error) {
    if (!(error instanceof ClipIcmError && error.code === 'not-found')) throw error;
    const isWanted = create === true || (await confirm(`There is no dataset "${name}". Make it?`));
    if (!isWanted) {
      throw new Error(
        `There is no dataset "${name}". Make it with "clip-icm datasets create ${name}", or add --create.`,
      );
    }
    await client.datasets.create({ name });
  }
}

async function importUrls(dataset: string, file: string, options: ConnectionOptions): Promise<void> {
  const client = await connect(options);
  // The service checks every field, and names those that do not fit.
  const list = parseList(await readFile(file, 'utf8'), file);
  const job = await waitForJob(client, (await client.datasets.import(dataset, { items: list })).id);
  print(options, job, `${job.progress.done} fetched, ${job.progress.failed} failed`);
}

function parseList(text: string, file: string) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not well-formed JSON.`);
  }
}

async function items(dataset: string, options: ConnectionOptions): Promise<void> {
  const client = await connect(options);
  const all = await client.datasets.items(dataset).all();
  const rows = all.map((item) => [
    item.environment,
    item.class ?? '',
    item.filename ?? '',
    item.bytes,
    item.id,
  ]);
  print(options, all, formatTable(['environment', 'class', 'file', 'bytes', 'id'], rows, 'It is empty.'));
}

async function remove(dataset: string, options: ConnectionOptions): Promise<void> {
  await (await connect(options)).datasets.delete(dataset);
  print(options, { deleted: dataset }, `Deleted ${dataset}.`);
}
