// `clip-icm projections`: look at them, solve them again, move names, take them away.

import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { Head } from '#shared/contracts/fit.ts';
import type { FitAccepted } from '#shared/contracts/projection.ts';
import { ReleaseWish } from '#shared/contracts/release.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { waitForVersion } from '../terminal/job-progress.ts';
import { formatTable, print } from '../terminal/output.ts';
import { collect, oneOf, wholeNumber } from '../terminal/parse-option.ts';
import { describeHead, describeProjection } from './describe-projection.ts';
import { describeReport } from './describe-report.ts';
import { describeShadow } from './describe-shadow.ts';
import { releaseWords, type SolveFlags, solveOptions, withSolveOptions } from './solve-options.ts';

const takesCorrections = 'take in what was corrected under its answers';

type Releasing = ConnectionOptions & { readonly release?: ReleaseWish; readonly corrections?: true };

type ExtendOptions = Releasing & { readonly add?: string[]; readonly remove?: string[] };

export function projectionsCommand(): Command {
  const command = new Command('projections').description(
    'list, inspect, refit, extend, promote, roll back, download, delete',
  );
  const add = (usage: string, description: string) =>
    withConnection(command.command(usage)).description(description);
  add('list', 'all versions, newest first').action(list);
  add('get <projection>', 'one: name, name@version or id').action(get);
  add('report <projection>', 'what answers with a profile and without, by what estimate and why')
    .alias('selection')
    .action(report);
  const releasing = (usage: string, description: string) =>
    add(usage, description).option('--release <when>', releaseWords, oneOf(ReleaseWish.options));
  withSolveOptions(releasing('refit <projection>', 'solve again from the stored statistics'))
    .option('--corrections', takesCorrections)
    .action(refit);
  releasing('extend <projection>', 'add and remove datasets; only new pictures are encoded')
    .option('--add <dataset>', 'may be repeated', collect)
    .option('--remove <dataset>', 'may be repeated', collect)
    .option('--corrections', takesCorrections)
    .action(extend);
  add('promote <projection>', 'make a version, name@version, what its bare name means')
    .option('--from <number>', 'only where the name means this version now', wholeNumber(1, 999_999_999))
    .action(promote);
  add('rollback <name>', 'make the bare name mean what it meant before')
    .option('--from <number>', 'only where the name means this version now', wholeNumber(1, 999_999_999))
    .action(rollback);
  add('shadow <name>', 'how often a candidate asked beside the current version would answer otherwise')
    .option('--version <number>', 'begin: the candidate', wholeNumber(1, 999_999_999))
    .option('--end', 'ask it no more')
    .action(shadow);
  add('alias <name>', 'make the bare name mean a version, and pin it there')
    .requiredOption('--version <number>', 'the version', wholeNumber(1, 999_999_999))
    .action(pointAlias);
  add('release <name>', 'take the pin off: let the bare name follow its versions again').action(release);
  add('download <projection> <file>', 'write the .icm file, or an export of it')
    .option('--format <format>', formats.join(', '), oneOf(formats))
    .option('--head <head>', 'of an onnx export; default: the first', oneOf(Head.options))
    .option('--mode <mode>', `of an onnx export: ${modes.join(' or ')}`, oneOf(modes))
    .action(download);
  releasing('upload <name> <file>', 'make an .icm file the next version of a name').action(upload);
  add('delete <projection>', 'and everything kept for it').action(remove);
  return command;
}

async function list(options: ConnectionOptions): Promise<void> {
  const client = await connect(options);
  const projections = await client.projections.all();
  const rows = projections.map(({ name, version, release, status, heads, id }) => [
    `${name}@${version}`,
    release === undefined || release.state === 'past' ? '' : release.state,
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

async function refit(projection: string, options: Releasing & SolveFlags): Promise<void> {
  const client = await connect(options);
  const { release, corrections } = options;
  const request = { ...solveOptions(options), release, corrections };
  await finish(options, await client.projections.refit(projection, request));
}

async function extend(projection: string, options: ExtendOptions): Promise<void> {
  const client = await connect(options);
  const { add = [], remove: taken = [], release, corrections } = options;
  const request = { add, remove: taken, release, corrections };
  await finish(options, await client.projections.extend(projection, request));
}

async function finish(options: ConnectionOptions, accepted: FitAccepted): Promise<void> {
  const client = await connect(options);
  await waitForVersion(client, accepted);
  const projection = await client.projections.get(accepted.projection.id);
  print(options, projection, describeProjection(projection));
}

type MoveFlags = ConnectionOptions & { readonly from?: number };

async function promote(projection: string, options: MoveFlags): Promise<void> {
  const { from } = options;
  const { name, version, ...rest } = await (await connect(options)).projections.promote(projection, { from });
  print(options, { name, version, ...rest }, `${name} now means ${name}@${version}.`);
}

async function rollback(name: string, options: MoveFlags): Promise<void> {
  const { from } = options;
  const projection = await (await connect(options)).projections.rollback(name, { from });
  print(options, projection, `${name} now means ${name}@${projection.version} again.`);
}

async function shadow(
  name: string,
  options: ConnectionOptions & { readonly version?: number; readonly end?: true },
): Promise<void> {
  const { projections } = await connect(options);
  if (options.version !== undefined) {
    const begun = await projections.setShadow(name, options.version);
    return print(options, begun, `${name}@${begun.shadow} is asked beside ${name}@${begun.version}.`);
  }
  const report = await (options.end === true ? projections.endShadow(name) : projections.shadow(name));
  print(options, report, describeShadow(report));
}

async function pointAlias(name: string, options: ConnectionOptions & { version: number }): Promise<void> {
  const projection = await (await connect(options)).projections.pointAlias(name, options.version);
  print(options, projection, `${name} now means ${name}@${projection.version}.`);
}

async function release(name: string, options: ConnectionOptions): Promise<void> {
  const projection = await (await connect(options)).projections.releaseAlias(name);
  print(options, projection, `${name} follows its versions again, and means ${name}@${projection.version}.`);
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

async function upload(name: string, file: string, options: Releasing): Promise<void> {
  const artefact = new Uint8Array(await readFile(file));
  const projection = await (await connect(options)).projections.upload(name, artefact, {
    release: options.release,
  });
  print(options, projection, describeProjection(projection));
}

async function remove(projection: string, options: ConnectionOptions): Promise<void> {
  await (await connect(options)).projections.delete(projection);
  print(options, { deleted: projection }, `Deleted ${projection}.`);
}
