// `clip-icm projections`: look at them, solve them again, move names, take them away.

import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { Head } from '#shared/contracts/fit.ts';
import type { FitAccepted } from '#shared/contracts/projection.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { waitForJob } from '../terminal/job-progress.ts';
import { formatTable, print } from '../terminal/output.ts';
import { collect, oneOf, wholeNumber } from '../terminal/parse-option.ts';
import { describeHead, describeProjection } from './describe-projection.ts';
import { describeReport } from './describe-report.ts';
import { type SolveFlags, solveOptions, withSolveOptions } from './solve-options.ts';

type ExtendOptions = ConnectionOptions & { readonly add?: string[]; readonly remove?: string[] };

export function projectionsCommand(): Command {
  const command = new Command('projections').description(
    'list, inspect, refit, extend, move, download, delete',
  );
  const add = (usage: string, description: string) =>
    withConnection(command.command(usage)).description(description);
  add('list', 'all versions, newest first').action(list);
  add('get <projection>', 'one: name, name@version or id').action(get);
  add('report <projection>', 'what answers with a profile and without, by what estimate and why')
    .alias('selection')
    .action(report);
  withSolveOptions(add('refit <projection>', 'solve again from the stored statistics')).action(refit);
  add('extend <projection>', 'add and remove datasets; only new pictures are encoded')
    .option('--add <dataset>', 'may be repeated', collect)
    .option('--remove <dataset>', 'may be repeated', collect)
    .action(extend);
  add('alias <name>', 'make the bare name mean a version')
    .requiredOption('--version <number>', 'the version', wholeNumber(1, 999_999_999))
    .action(pointAlias);
  add('release <name>', 'let the bare name follow its newest version again').action(release);
  add('download <projection> <file>', 'write the .icm file, or an export of it')
    .option('--format <format>', formats.join(', '), oneOf(formats))
    .option('--head <head>', 'of an onnx export; default: the first', oneOf(Head.options))
    .option('--mode <mode>', `of an onnx export: ${modes.join(' or ')}`, oneOf(modes))
    .action(download);
  add('upload <name> <file>', 'make an .icm file the next version of a name').action(upload);
  add('delete <projection>', 'and everything kept for it').action(remove);
  return command;
}

async function list(options: ConnectionOptions): Promise<void> {
  const client = await connect(options);
  const projections = await client.projections.all();
  const rows = projections.map(({ name, version, current, status, heads, id }) => [
    `${name}@${version}`,
    current ? 'current' : '',
    status,
    heads?.[0] === undefined ? '' : describeHead(heads[0]),
    id,
  ]);
  print(
    options,
    projections,
    formatTable(['projection', '', 'status', 'chosen', 'id'], rows, 'No projections.'),
  );
}

async function get(projection: string, options: ConnectionOptions): Promise<void> {
  const found = await (await connect(options)).projections.get(projection);
  print(options, found, describeProjection(found));
}

async function report(projection: string, options: ConnectionOptions): Promise<void> {
  const found = await (await connect(options)).projections.report(projection);
  print(options, found, describeReport(found));
}

async function refit(projection: string, options: ConnectionOptions & SolveFlags): Promise<void> {
  const client = await connect(options);
  await finish(options, await client.projections.refit(projection, solveOptions(options)));
}

async function extend(projection: string, options: ExtendOptions): Promise<void> {
  const client = await connect(options);
  const { add = [], remove: taken = [] } = options;
  await finish(options, await client.projections.extend(projection, { add, remove: taken }));
}

async function finish(options: ConnectionOptions, accepted: FitAccepted): Promise<void> {
  const client = await connect(options);
  await waitForJob(client, accepted.job.id);
  const projection = await client.projections.get(accepted.projection.id);
  print(options, projection, describeProjection(projection));
}

async function pointAlias(name: string, options: ConnectionOptions & { version: number }): Promise<void> {
  const projection = await (await connect(options)).projections.pointAlias(name, options.version);
  print(options, projection, `${name} now means ${name}@${projection.version}.`);
}

async function release(name: string, options: ConnectionOptions): Promise<void> {
  const projection = await (await connect(options)).projections.releaseAlias(name);
  print(options, projection, `${name} follows its newest version, now ${name}@${projection.version}.`);
}

const formats = ['icm', 'safetensors', 'onnx'] as const;
const modes = ['unprofiled', 'profiled'] as const;

type DownloadFlags = ConnectionOptions & {
  readonly format?: (typeof formats)[number];
  readonly head?: Head;
  readonly mode?: (typeof modes)[number];
};

async function download(projection: string, file: string, options: DownloadFlags): Promise<void> {
  const { format, head, mode } = options;
  const artefact = await (await connect(options)).projections.download(projection, { format, head, mode });
  await writeFile(file, artefact);
  print(options, { file, bytes: artefact.byteLength }, `Wrote ${artefact.byteLength} bytes to ${file}.`);
}

async function upload(name: string, file: string, options: ConnectionOptions): Promise<void> {
  const artefact = new Uint8Array(await readFile(file));
  const projection = await (await connect(options)).projections.upload(name, artefact);
  print(options, projection, describeProjection(projection));
}

async function remove(projection: string, options: ConnectionOptions): Promise<void> {
  await (await connect(options)).projections.delete(projection);
  print(options, { deleted: projection }, `Deleted ${projection}.`);
}
