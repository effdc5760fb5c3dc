// Long work on rows, some milliseconds at a time: between two steps everybody else of the isolate goes first, and no more is held
// than one step's answers. 128 rows against 10,000 labels are 700 ms of work and 10 MB of probabilities.

import { classify } from '#shared/math/answer/classify.ts';
import type { CompiledHead } from '#shared/math/answer/compiled-head.ts';
import { argmaxOfRows } from '#shared/math/linear/vector.ts';
import { sleep } from '#shared/sleep.ts';
import { giveWay } from '../clients/breathe.ts';
import { isolateGarbage } from '../limits/collect-garbage.ts';
import { productsOfRow } from '../limits/thread-work.ts';

/** Multiplications in one go: a few milliseconds. */
const stepProducts = 4_000_000;
/** After so many the thread has nothing to do for a moment, in which the runtime looks at its sockets. */
const restProducts = 20_000_000;
const restMs = 2;

export function rowsAtOnce(productsPerRow: number): number {
  return Math.max(1, Math.floor(stepProducts / productsPerRow));
}

/** Rows `from` up to `to`, step by step. */
export async function* inSteps(
  rows: number,
  productsPerRow: number,
): AsyncGenerator<{ readonly from: number; readonly to: number }, void, undefined> {
  const step = rowsAtOnce(productsPerRow);
  let sinceRest = 0;
  for (let from = 0; from < rows; from += step) {
    if (sinceRest >= restProducts) {
      await sleep(restMs);
      sinceRest = 0;
    }
    if (from > 0) await giveWay();
    sinceRest += step * productsPerRow;
    yield { from, to: Math.min(rows, from + step) };
  }
}

/** Probabilities and scores of so many rows that nobody wants any more. */
export function leaveAnswers({ classCount }: CompiledHead, rows: number): void {
  isolateGarbage.received(rows * classCount * 2 * Float32Array.BYTES_PER_ELEMENT);
}

/** The most probable label of each unit row of `rows` [n, d], by its index; `centre` as classify takes it. */
export async function answeredLabels(
  head: CompiledHead,
  rows: Float32Array,
  centre: Float32Array | 'none' | undefined = head.centre,
): Promise<Int32Array> {
  const width = head.embeddingDimension;
  const labels = new Int32Array(rows.length / width);
  for await (const { from, to } of inSteps(labels.length, productsOfRow(head))) {
    const some = rows.subarray(from * width, to * width);
    const { probabilities } = classify(head, some, to - from, centre);
    labels.set(argmaxOfRows(probabilities, head.classCount), from);
    leaveAnswers(head, to - from);
  }
  return labels;
}
