// Long work on rows, some milliseconds at a time: between two steps everybody else of the isolate goes first, and no more is held
// than one step's answers. 128 rows against 10,000 labels are 700 ms of work and 10 MB of probabilities.

import { type Classification, classify, roomForAnswers } from '#shared/math/answer/classify.ts';
import type { CompiledHead } from '#shared/math/answer/compiled-head.ts';
import { argmaxOfRows } from '#shared/math/linear/vector.ts';
import { sleep } from '#shared/sleep.ts';
import { giveWay } from '../clients/breathe.ts';
import { isolateGarbage } from '../limits/collect-garbage.ts';
import { productsOfRow } from '../limits/thread-work.ts';

/** Multiplications in one go: a few milliseconds. */
const stepProducts = 4_000_000;
/** After so many, of all that is under way, the thread has nothing to do for a moment, in which the runtime looks at its sockets. */
const restProducts = 40_000_000;
const restMs = 5;

export function rowsAtOnce(productsPerRow: number): number {
  return Math.max(1, Math.floor(stepProducts / productsPerRow));
}

/** Rows `from` up to `to`, step by step. */
export async function* inSteps(
  rows: number,
  productsPerRow: number,
): AsyncGenerator<{ readonly from: number; readonly to: number }, void, undefined> {
  const step = rowsAtOnce(productsPerRow);
  for (let from = 0; from < rows; from += step) {
    if (from > 0) await giveWay();
    await rest();
    sinceRest += Math.min(step, rows - from) * productsPerRow;
    yield { from, to: Math.min(rows, from + step) };
  }
}

/** Of this isolate. */
let sinceRest = 0;
let restUntilMs = 0;

/** Each sleeps for itself: a request that is waited for may be dropped. */
async function rest(): Promise<void> {
  if (sinceRest >= restProducts) {
    sinceRest = 0;
    restUntilMs = performance.now() + restMs;
  }
  while (performance.now() < restUntilMs) await sleep(restMs);
}

/** Room for the answers of one step of so many rows in all, and word of what it leaves behind. */
export function roomForStep(head: CompiledHead, allRows: number): Classification {
  const rows = Math.min(allRows, rowsAtOnce(productsOfRow(head)));
  isolateGarbage.received(2 * rows * head.classCount * Float32Array.BYTES_PER_ELEMENT);
  return roomForAnswers(head, rows);
}

/** The most probable label of each unit row of `rows` [n, d], by its index; `centre` as classify takes it. */
export async function answeredLabels(
  head: CompiledHead,
  rows: Float32Array,
  centre: Float32Array | 'none' | undefined = head.centre,
): Promise<Int32Array> {
  const width = head.embeddingDimension;
  const labels = new Int32Array(rows.length / width);
  const room = roomForStep(head, labels.length);
  for await (const { from, to } of inSteps(labels.length, productsOfRow(head))) {
    const some = rows.subarray(from * width, to * width);
    const { probabilities } = classify(head, some, to - from, centre, room);
    labels.set(argmaxOfRows(probabilities, head.classCount), from);
  }
  return labels;
}
