// How long work takes an isolate's one thread, about: counted, because a deployment's clock stands still while its thread works. By
// what was measured under `npm run hostile` on one core at 2 GHz; a faster one gets more done in its share, and others wait less.

import type { CompiledHead } from '#shared/math/answer/compiled-head.ts';

/** Ms for each of what is done, and for its garbage. */
const costMs = {
  multiplication: 1e-6,
  probability: 20e-6,
  /** A label in an answer, with its two numbers. */
  prediction: 0.8e-3,
  /** A byte of JSON, scanned, parsed and checked. */
  jsonByte: 8e-6,
  /** A number of an embedding, as text. */
  number: 0.25e-3,
  /** A step of a job: what the engine keeps of it, and its lists, rows and sums read, written and counted. */
  step: 40,
  /** A label of a watched day, read and counted. */
  watchedLabel: 0.5e-3,
  /** A picture of a request: decoded from base64, hashed and looked up. */
  picture: 0.08,
  /** A row of a batch, read and written as CSV. */
  csvRow: 0.06,
  /** A pair of environment and class of a dataset, read, counted and told. */
  name: 12e-3,
  /** A picture's row, looked up and told of. */
  item: 0.06,
  /** One that was new: inserted, and counted with its names. */
  newItem: 0.2,
} as const;

type HeadShape = Pick<CompiledHead, 'dimension' | 'embeddingDimension' | 'classCount' | 'probe'>;

/** Multiplications for one row: P x, its cosines, and the logits of a probe. */
export function productsOfRow({ dimension, embeddingDimension, classCount, probe }: HeadShape): number {
  return dimension * (embeddingDimension + classCount * (probe === undefined ? 1 : 2));
}

/** `shown`: labels that each row's answer tells. */
export function answeringMs(head: HeadShape, rows: number, shown: number): number {
  const perRow =
    productsOfRow(head) * costMs.multiplication +
    head.classCount * costMs.probability +
    Math.min(shown, head.classCount) * costMs.prediction;
  return rows * perRow;
}

export function multiplyingMs(products: number): number {
  return products * costMs.multiplication;
}

export function lookingUpMs(pictures: number): number {
  return pictures * costMs.picture;
}

/** Of one step of a job, beside what it computes. */
export const stepMs = costMs.step;

/** Of one watched day. */
export function summingMs(labels: number): number {
  return labels * costMs.watchedLabel;
}

/** Of JSON of so many bytes. */
export function parsingMs(bytes: number): number {
  return bytes * costMs.jsonByte;
}

/** Of embeddings as text. */
export function writingMs(numbers: number): number {
  return numbers * costMs.number;
}

/** Of datasets with so many pairs of environment and class. */
export function namingMs(pairs: number): number {
  return pairs * costMs.name;
}

export function rewritingMs(rows: number): number {
  return rows * costMs.csvRow;
}

/** `added`: how many of those before were new. */
export function addingMs(items: number, added: number): number {
  return items * costMs.item + added * costMs.newItem;
}
