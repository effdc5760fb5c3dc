// `clip-icm classify --dataset`: a batch: started, followed, its rows downloaded. Ctrl-C leaves the job running.

import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClipIcmClient } from '#client/client.ts';
import type { BatchEnd } from '#client/resources/batches.ts';
import type { Batch, BatchFormat, BatchRequest } from '#shared/contracts/batch.ts';
import { sayAtInterrupt } from '../terminal/interrupt.ts';
import { waitForJob } from '../terminal/job-progress.ts';
import { type OutputOptions, print } from '../terminal/output.ts';
import { describeBatch } from './describe-batch.ts';

export type DatasetRequest = Parameters<ClipIcmClient['classifyBatch']>[0] & Pick<BatchRequest, 'from'>;

export type BatchOutput = OutputOptions & {
  /** A file, or true for the standard output. */
  readonly csv?: string | true;
  readonly wait: boolean;
};

export async function classifyDataset(
  client: ClipIcmClient,
  request: DatasetRequest,
  output: BatchOutput,
): Promise<void> {
  const { job, batch } = await client.classifyBatch(request);
  const rows = `batch ${batch.id}\n  its rows: clip-icm batches download ${batch.id} --csv rows.csv`;
  process.stderr.write(`${rows}\n`);
  if (!output.wait) return print(output, { job, batch }, `Job ${job.id} classifies ${batch.items} pictures.`);
  const unsay = sayAtInterrupt(rows);
  await waitForJob(client, job.id).finally(unsay);
  await showBatch(client, await client.batches.get(batch.id), output);
}

/** As text the summary; as JSON with all rows in it, as CSV the rows alone, into a file beside the summary. */
export async function showBatch(client: ClipIcmClient, batch: Batch, output: Omit<BatchOutput, 'wait'>) {
  if (output.csv === true) return download(client, batch.id, 'csv', process.stdout);
  if (output.json === true) return printWhole(client, batch);
  if (output.csv !== undefined) await downloadTo(client, batch.id, 'csv', output.csv);
  print(output, batch, describeBatch(batch));
  if (output.csv !== undefined) process.stderr.write(`rows in ${output.csv}\n`);
}

/** The file is there once it is whole, and not before. */
export async function downloadTo(
  client: ClipIcmClient,
  id: string,
  format: BatchFormat,
  file: string,
): Promise<void> {
  const part = `${file}.part`;
  await pipeline(await rowsOf(client, id, format), createWriteStream(part));
  await rename(part, file);
}

export async function download(
  client: ClipIcmClient,
  id: string,
  format: BatchFormat,
  target: NodeJS.WritableStream,
): Promise<void> {
  // The standard output stays open.
  const sink = new Writable({ write: (chunk, _encoding, done) => void target.write(chunk, () => done()) });
  await pipeline(await rowsOf(client, id, format), sink);
}

async function rowsOf(client: ClipIcmClient, id: string, format: BatchFormat): Promise<Readable> {
  const stream = await client.batches.download(id, format);
  return Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
}

/** One JSON object, written as its rows come. */
async function printWhole(client: ClipIcmClient, batch: Batch): Promise<void> {
  process.stdout.write(`${JSON.stringify(batch).slice(0, -1)},"results":[`);
  const rows = client.batches.rows(batch.id);
  let end: BatchEnd | undefined;
  for (let separator = '\n'; end === undefined; separator = ',\n') {
    const { done, value } = await rows.next();
    if (done) end = value;
    else process.stdout.write(`${separator}${JSON.stringify(value)}`);
  }
  process.stdout.write(`\n],"end":${JSON.stringify(end)}}\n`);
}
