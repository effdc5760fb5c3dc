// The rows of a batch as one stream: its shards joined in their order, as far as they are there without a gap, so that what is
// read while the batch runs is the beginning of what is read afterwards. Holds a chunk at a time.

import type { BatchFormat, BatchTrailer } from '#shared/contracts/batch.ts';
import { BatchRow } from '#shared/contracts/batch.ts';
import { formatCsvRow } from '#shared/csv.ts';
import { sleep } from '#shared/sleep.ts';
import { createBreather } from '../clients/breathe.ts';
import type { RequestShare } from '../limits/request-share.ts';
import { rewritingMs } from '../limits/thread-work.ts';
import type { BatchRecord, BatchStore } from '../stores/batch-store.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { openIfThere } from './open-stored.ts';

export type ResultSources = {
  readonly batches: Pick<BatchStore, 'find'>;
  readonly objects: Pick<ObjectStore, 'open'>;
};

export const resultTypes: Readonly<Record<BatchFormat, string>> = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

export function batchResults(
  tenantId: string,
  batch: BatchRecord,
  format: BatchFormat,
  sources: ResultSources,
  /** Of the batch's tenant, asked before each piece is made and before it goes out. */
  share: Pick<RequestShare, 'send' | 'beforeWork'>,
): ReadableStream<Uint8Array> {
  const lines =
    format === 'csv' ? csvLines(tenantId, batch, sources, share) : jsonLines(tenantId, batch, sources);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) return controller.close();
      await patiently(() => share.send(value.byteLength));
      controller.enqueue(value);
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}

const againMs = 1_000;

/** Who may not go on yet is not cut off: it is the stream that waits. */
async function patiently(ask: () => Promise<unknown> | undefined): Promise<void> {
  while ((await ask()) !== undefined) await sleep(againMs);
}

type Lines = AsyncGenerator<Uint8Array, void, undefined>;

const encoder = new TextEncoder();
const newline = 10;

async function* jsonLines(tenantId: string, batch: BatchRecord, sources: ResultSources): Lines {
  let rows = 0;
  for await (const chunk of chunksOf(tenantId, batch, sources)) {
    for (const byte of chunk) if (byte === newline) rows += 1;
    yield chunk;
  }
  const trailer: BatchTrailer = { end: await endOf(tenantId, batch, rows, sources) };
  yield encoder.encode(`${JSON.stringify(trailer)}\n`);
}

async function* csvLines(
  tenantId: string,
  batch: BatchRecord,
  sources: ResultSources,
  share: Pick<RequestShare, 'beforeWork'>,
): Lines {
  const { topK } = batch.options;
  yield encoder.encode(`${formatCsvRow(csvColumns(topK))}\r\n`);
  const decoder = new TextDecoder();
  let [rows, begun] = [0, ''];
  for await (const chunk of chunksOf(tenantId, batch, sources)) {
    const lines = (begun + decoder.decode(chunk, { stream: true })).split('\n');
    begun = lines.pop() ?? '';
    rows += lines.length;
    await patiently(() => share.beforeWork(rewritingMs(lines.length)));
    const text = lines.map((line) => `${formatCsvRow(csvCells(BatchRow.parse(JSON.parse(line)), topK))}\r\n`);
    if (lines.length > 0) yield encoder.encode(text.join(''));
  }
  const { whole, items, status } = await endOf(tenantId, batch, rows, sources);
  if (!whole) yield encoder.encode(`# not whole: ${rows} of ${items} pictures; the batch is ${status}\r\n`);
}

/** Of the shards from the first on, up to one that is not there. */
async function* chunksOf(tenantId: string, { id }: BatchRecord, { objects }: ResultSources): Lines {
  const breathe = createBreather();
  for (let shard = 0; ; shard++) {
    const stream = await openIfThere(objectKeys.batchShard(tenantId, id, shard), objects);
    if (stream === undefined) return;
    for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
      await breathe();
      yield chunk;
    }
  }
}

/** As it is once the rows are sent. Throws where the batch was deleted meanwhile: what was sent is not to look whole. */
async function endOf(
  tenantId: string,
  { id }: BatchRecord,
  rows: number,
  { batches }: ResultSources,
): Promise<BatchTrailer['end']> {
  const batch = await batches.find(tenantId, id);
  if (batch === undefined) throw new Error(`batch ${id} was deleted while its rows were read`);
  const { items, status } = batch;
  return { whole: status === 'succeeded' && rows === items, rows, items, status };
}

function csvColumns(topK: number): string[] {
  const others = Array.from({ length: topK - 1 }, (_, index) => [
    `label_${index + 2}`,
    `probability_${index + 2}`,
  ]);
  return [
    'id',
    'filename',
    'sha256',
    'environment',
    'class',
    'label',
    'probability',
    'abstained',
    'mode',
    'profile',
    'skewed',
    'error',
    ...others.flat(),
  ];
}

function csvCells(row: BatchRow, topK: number): (string | number)[] {
  const { id, filename = '', sha256, environment, class: own = '' } = row;
  const item = [id, filename, sha256, environment, own];
  if ('error' in row) {
    return [...item, '', '', '', '', '', '', row.error.detail, ...Array(2 * (topK - 1)).fill('')];
  }
  const { label, probability, abstained, mode, profile = '', skewed, predictions } = row;
  const others = Array.from({ length: topK - 1 }, (_, index) => {
    const next = predictions[index + 1];
    return next === undefined ? ['', ''] : [next.label, next.probability];
  });
  const answer = [label, probability, String(abstained), mode, profile, String(skewed), ''];
  return [...item, ...answer, ...others.flat()];
}
