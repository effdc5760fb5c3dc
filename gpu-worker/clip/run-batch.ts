// Rows of a queue as one run of their tower, and its output as the rows' answers.

import type { RemoteTower } from './inference.ts';
import type { TowerInput } from './tower-spec.ts';
import { isUsableRow } from './usable-row.ts';

export type QueuedTower = Pick<RemoteTower, 'run' | 'embeddingDimension' | 'batchInvariant' | 'sessions'>;

/** One to be run, and whom to tell. */
export type Row = {
  readonly tower: QueuedTower;
  readonly input: TowerInput;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (output: Float32Array) => void;
  readonly reject: (reason: unknown) => void;
};

/**
 * A tower whose results depend on the batch's size always gets the same size, filled up with zeros. Rows of a batch that failed, and
 * rows that came out unusable, are run once more alone: nobody bears the fault of another's row.
 */
export async function runBatch(batch: readonly Row[], fixedSize: number): Promise<number> {
  const { tower } = batch[0] as Row;
  const size = tower.batchInvariant ? batch.length : fixedSize;
  const length = tower.embeddingDimension;
  let took = 0;
  let again: readonly Row[] = batch;
  try {
    const { output, runMs } = await tower.run(joinInputs(batch, size), size);
    took = runMs;
    again = batch.filter((row, index) => {
      const own = output.subarray(index * length, (index + 1) * length);
      if (batch.length > 1 && !isUsableRow(own)) return true;
      row.resolve(own);
      return false;
    });
  } catch (error) {
    if (batch.length === 1) {
      for (const row of batch) row.reject(error);
      return 0;
    }
  }
  for (const row of again) took += await runBatch([row], fixedSize);
  return took;
}

function joinInputs(batch: readonly Row[], size: number): TowerInput {
  const { input } = batch[0] as Row;
  if (size === 1 && input.byteLength === input.buffer.byteLength) return input;
  const joined =
    input instanceof Float32Array
      ? new Float32Array(size * input.length)
      : new BigInt64Array(size * input.length);
  for (const [index, row] of batch.entries()) place(joined, row.input, index * input.length);
  return joined;
}

function place(joined: TowerInput, input: TowerInput, offset: number): void {
  if (joined instanceof Float32Array && input instanceof Float32Array) joined.set(input, offset);
  else if (joined instanceof BigInt64Array && input instanceof BigInt64Array) joined.set(input, offset);
  else throw new TypeError('one tower was given rows of two kinds');
}
