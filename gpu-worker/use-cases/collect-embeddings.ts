// Embeddings that are there already, added up as a shard of pictures would be: corrections come into a fit without being encoded
// again. What interventions would have done to them is not known, so they add no pairs.

import type { AppError } from '#shared/app-error.ts';
import { appError } from '#shared/app-error.ts';
import type { EmbeddedStatisticsHead } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { SumsHeader } from '../numbers/collected-sums.ts';
import { type Sums, sumsHere } from '../numbers/sums.ts';
import type { BrokenStream, Bytes, ItemStream } from './item-stream.ts';

export async function collectEmbeddings(
  { head, items }: { readonly head: EmbeddedStatisticsHead; readonly items: ItemStream },
  sums: Sums = sumsHere,
): Promise<Result<Bytes, AppError<BrokenStream>>> {
  const rows: Float32Array[] = [];
  for await (const item of items) {
    if (!item.ok) return item;
    const bytes = item.value.slice().buffer;
    if (bytes.byteLength % 4 === 0) rows.push(new Float32Array(bytes));
  }
  const [embeddings = new Float32Array(0)] = rows;
  const { embeddingDimension: dimension } = head;
  if (embeddings.length !== head.rows.length * dimension || !embeddings.every(Number.isFinite)) {
    const detail = `The embeddings are not ${head.rows.length} rows of ${dimension} numbers.`;
    return err(appError('invalid-request', detail));
  }
  const own = sums.begin(headerOf(head), dimension);
  try {
    for (const [row, { sha256, environment, class: label }] of head.rows.entries()) {
      if (environment >= head.environments.length || label >= head.classes.length) {
        const pointer = `/rows/${row}`;
        const errors = [{ pointer, message: 'names an environment or class beyond the list' }];
        return err(appError('invalid-request', 'A row names what is not listed.', { errors }));
      }
      const plain = embeddings.subarray(row * dimension, (row + 1) * dimension);
      await own.add({ sha256, environment, class: label, plain, intervened: new Map() });
    }
    return ok(await own.finish([]));
  } finally {
    own.drop();
  }
}

function headerOf({
  model,
  classes,
  environments,
  encode,
  sampleLimit,
  pairSampleLimit,
}: EmbeddedStatisticsHead): SumsHeader {
  return { model, classes, environmentNames: environments, ...encode, sampleLimit, pairSampleLimit };
}
