// From embeddings to answers: their rows against a head, some milliseconds of work at a time, and the best labels of each.

import type { ClassificationOptions, ClassificationResult } from '#shared/contracts/classification.ts';
import { type Classification, classify } from '#shared/math/answer/classify.ts';
import { topK } from '#shared/math/linear/top-k.ts';
import { concatenateRows } from '#shared/math/linear/vector.ts';
import { productsOfRow } from '../limits/thread-work.ts';
import type { ChosenHead } from './chosen-head.ts';
import { describeError } from './describe-error.ts';
import type { EmbeddedResult } from './embedded.ts';
import { inSteps, roomForStep, rowsAtOnce } from './row-steps.ts';

export type AnswerOptions = Pick<ClassificationOptions, 'topK' | 'abstainBelow'>;

/** Hears of rows that were answered. */
export type Note = (rows: Float32Array, answers: Classification) => void;

/** One result an input, in order; its error where it has no embedding. At once where it takes no turn of others. */
export function answerEmbedded(
  head: ChosenHead,
  embedded: readonly EmbeddedResult[],
  options: AnswerOptions,
  note?: Note,
): ClassificationResult[] | Promise<ClassificationResult[]> {
  const isShort = embedded.length === 1 || embedded.length <= rowsAtOnce(productsOfRow(head.compiled));
  return isShort ? answer(head, embedded, options, 0, note) : answerInSteps(head, embedded, options, note);
}

/** With a turn for everybody else in between: many embeddings against many labels take long together. */
async function answerInSteps(
  head: ChosenHead,
  embedded: readonly EmbeddedResult[],
  options: AnswerOptions,
  note: Note | undefined,
): Promise<ClassificationResult[]> {
  const results: ClassificationResult[] = [];
  const room = roomForStep(head.compiled, embedded.length);
  for await (const { from, to } of inSteps(embedded.length, productsOfRow(head.compiled))) {
    results.push(...answer(head, embedded.slice(from, to), options, from, note, room));
  }
  return results;
}

function answer(
  head: ChosenHead,
  embedded: readonly EmbeddedResult[],
  options: AnswerOptions,
  firstIndex: number,
  note: Note | undefined,
  room?: Classification,
): ClassificationResult[] {
  const good = embedded.flatMap((result) => (result.ok ? [result.value.embedding] : []));
  const { compiled, centre } = head;
  const [only] = good;
  const rows = only !== undefined && good.length === 1 ? only : concatenateRows(good);
  const answers = classify(compiled, rows, good.length, centre, room);
  note?.(rows, answers);
  let row = 0;
  return embedded.map((result, at) => {
    const index = firstIndex + at;
    if (!result.ok) return { index, error: describeError(result.error) };
    const { source, sha256 } = result.value;
    return {
      index,
      ...predict(head, answers, row++, options),
      embedding: source,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  });
}

function predict(
  { labels, compiled }: ChosenHead,
  { probabilities, scores }: Classification,
  row: number,
  { topK: count, abstainBelow }: AnswerOptions,
) {
  const start = row * compiled.classCount;
  const best = topK(
    probabilities.subarray(start, start + compiled.classCount),
    Math.min(count, compiled.classCount),
  );
  const predictions = best.map((index) => ({
    label: labels[index] ?? '',
    probability: probabilities[start + index] ?? 0,
    score: scores[start + index] ?? 0,
  }));
  const { label = '', probability = 0 } = predictions[0] ?? {};
  return { label, probability, abstained: probability < abstainBelow, predictions };
}
