// `clip-icm batches`: classified datasets: look, download, link, delete. `clip-icm classify --dataset` makes them.

import { Command } from 'commander';
import type { BatchFormat } from '#shared/contracts/batch.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { formatTable, print } from '../terminal/output.ts';
import { oneOf, wholeNumber } from '../terminal/parse-option.ts';
import { download, downloadTo, showBatch } from './classify-dataset.ts';

const formats = ['csv', 'jsonl'] as const;

export function batchesCommand(): Command {
  const command = new Command('batches').description('classified datasets: look, download, link, delete');
  const add = (usage: string, description: string) =>
    withConnection(command.command(usage)).description(description);
  add('list', 'newest first').action(list);
  add('get <batch>', 'one, with its summary; with --json its rows too').action(get);
  add('download <batch>', 'its rows, also while it runs: JSON Lines to the standard output, or into a file')
    .option('--csv <file>', 'comma-separated values, into a file')
    .option('--jsonl <file>', 'JSON Lines, into a file')
    .action(save);
  add('link <batch>', 'an address that needs no key')
    .option('--format <format>', formats.join(' or '), oneOf(formats), 'csv')
    .option('--hours <number>', 'how long it is good', wholeNumber(1, 7 * 24), 24)
    .action(link);
  add('delete <batch>', 'and its rows').action(remove);
  return command;
}

async function list(options: ConnectionOptions): Promise<void> {
  const all = await (await connect(options)).batches.all();
  const rows = all.map(({ id, dataset, projection, items, status, createdAt }) => [
    id,
    dataset.name,
    projection === undefined ? 'plain CLIP' : `${projection.name}@${projection.version}`,
    items,
    status,
    createdAt,
  ]);
  const columns = ['batch', 'dataset', 'by', 'pictures', 'status', 'begun'];
  print(options, all, formatTable(columns, rows, 'No batches.'));
}

async function get(id: string, options: ConnectionOptions): Promise<void> {
  const client = await connect(options);
  await showBatch(client, await client.batches.get(id), options);
}

type Files = ConnectionOptions & { readonly csv?: string; readonly jsonl?: string };

async function save(id: string, { csv, jsonl, ...options }: Files): Promise<void> {
  const client = await connect(options);
  const files: readonly [BatchFormat, string | undefined][] = [
    ['csv', csv],
    ['jsonl', jsonl],
  ];
  for (const [format, file] of files) if (file !== undefined) await downloadTo(client, id, format, file);
  if (csv === undefined && jsonl === undefined) await download(client, id, 'jsonl', process.stdout);
}

type LinkOptions = ConnectionOptions & { readonly format: BatchFormat; readonly hours: number };

async function link(id: string, { format, hours, ...options }: LinkOptions): Promise<void> {
  const client = await connect(options);
  const made = await client.batches.link(id, { format, expiresInSeconds: 3600 * hours });
  print(options, made, `${made.url}\ngood until ${made.expiresAt}; deleting the batch ends it`);
}

async function remove(id: string, options: ConnectionOptions): Promise<void> {
  await (await connect(options)).batches.delete(id);
  print(options, { deleted: id }, `Deleted ${id}.`);
}
