// Scores of answers: accuracy, calibration, open-class detection, flips, recall, disagreement.
// All take plain arrays and know nothing of how the answers came about. -1 stands for a picture without a class.

import { checkLength } from '../check-length.ts';

/** Share of answers that are the class, over the pictures that have one; 0 where none has. */
export function accuracy(answers: Int32Array, classes: Int32Array): number {
  checkLength('answers', answers, classes.length);
  let right = 0;
  let count = 0;
  for (let row = 0; row < classes.length; row++) {
    if ((classes[row] as number) < 0) continue;
    count++;
    if (answers[row] === classes[row]) right++;
  }
  return count === 0 ? 0 : right / count;
}

/** Share of each class's pictures that are answered with it; `undefined` for a class without pictures [c]. */
export function perClassRecall(
  answers: Int32Array,
  classes: Int32Array,
  classCount: number,
): (number | undefined)[] {
  checkLength('answers', answers, classes.length);
  const counts = new Float64Array(classCount);
  const right = new Float64Array(classCount);
  for (let row = 0; row < classes.length; row++) {
    const index = classes[row] as number;
    if (index < 0) continue;
    counts[index] = (counts[index] as number) + 1;
    if (answers[row] === index) right[index] = (right[index] as number) + 1;
  }
  return Array.from(counts, (count, index) => (count === 0 ? undefined : (right[index] as number) / count));
}

/** How often an intervention changes the answer: share of pairs whose answers differ; 0 for none. */
export function flipRate(before: Int32Array, after: Int32Array): number {
  checkLength('answers', after, before.length);
  let flips = 0;
  for (let row = 0; row < before.length; row++) if (before[row] !== after[row]) flips++;
  return before.length === 0 ? 0 : flips / before.length;
}

/**
 * Expected calibration error: over `bins` equal ranges of the best probability, the mean gap between it and the accuracy,
 * weighted by pictures (Guo et al. 2017, equation 3). `probabilities` [n, c].
 */
export function expectedCalibrationError(
  probabilities: Float32Array,
  classes: Int32Array,
  classCount: number,
  bins = 15,
): number {
  checkLength('probabilities', probabilities, classes.length * classCount);
  const confidence = new Float64Array(bins);
  const right = new Float64Array(bins);
  let count = 0;
  for (let row = 0; row < classes.length; row++) {
    const index = classes[row] as number;
    if (index < 0) continue;
    const { best, answer } = bestOfRow(probabilities, row, classCount);
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(best * bins) - 1));
    confidence[bin] = (confidence[bin] as number) + best;
    if (answer === index) right[bin] = (right[bin] as number) + 1;
    count++;
  }
  if (count === 0) return 0;
  return confidence.reduce((sum, total, bin) => sum + Math.abs(total - (right[bin] as number)) / count, 0);
}

/**
 * Maximum concept matching (Ming et al. 2022): the best probability of every row of `probabilities` [n, c]; low where the
 * picture shows none of the labels.
 */
export function maximumConceptMatching(
  probabilities: Float32Array,
  classCount: number,
): Float64Array<ArrayBuffer> {
  return Float64Array.from(
    { length: probabilities.length / classCount },
    (_, row) => bestOfRow(probabilities, row, classCount).best,
  );
}

function bestOfRow(values: Float32Array, row: number, width: number): { best: number; answer: number } {
  let answer = 0;
  for (let i = 1; i < width; i++) {
    if ((values[row * width + i] as number) > (values[row * width + answer] as number)) answer = i;
  }
  return { best: values[row * width + answer] as number, answer };
}

/**
 * Area under the ROC curve: the chance that a known picture scores above an unknown one, ties counting half
 * (Mann-Whitney). 0.5 where either is empty.
 */
export function areaUnderRoc(known: ArrayLike<number>, unknown: ArrayLike<number>): number {
  if (known.length === 0 || unknown.length === 0) return 0.5;
  const scores = [
    ...Array.from(known, (score) => ({ score, known: 1 })),
    ...Array.from(unknown, (score) => ({ score, known: 0 })),
  ].sort((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let start = 0; start < scores.length; ) {
    let end = start;
    let knownHere = 0;
    while (end < scores.length && scores[end]?.score === scores[start]?.score) {
      knownHere += scores[end]?.known ?? 0;
      end++;
    }
    rankSum += (knownHere * (start + 1 + end)) / 2;
    start = end;
  }
  return (rankSum - (known.length * (known.length + 1)) / 2) / (known.length * unknown.length);
}

/**
 * How differently two environments are answered: for every pair of environments, the mean over classes that both have of
 * the total variation distance between their mean probabilities for that class's pictures, in [0, 1]; symmetric [e, e],
 * zeros on the diagonal and where no class is shared. Each of `environments` is probabilities [n, c] with classes [n].
 */
export function predictionDisagreement(
  environments: readonly { readonly probabilities: Float32Array; readonly classes: Int32Array }[],
  classCount: number,
): number[][] {
  const means = environments.map((environment) => meanProbabilities(environment, classCount));
  return means.map((a, row) =>
    means.map((b, column) => {
      if (row === column) return 0;
      const shared = Array.from({ length: classCount }, (_, index) => index).filter(
        (index) => a.has(index) && b.has(index),
      );
      const distances = shared.map((index) => totalVariation(a.get(index) ?? [], b.get(index) ?? []));
      return distances.length === 0 ? 0 : distances.reduce((sum, value) => sum + value, 0) / distances.length;
    }),
  );
}

function meanProbabilities(
  { probabilities, classes }: { readonly probabilities: Float32Array; readonly classes: Int32Array },
  classCount: number,
): Map<number, number[]> {
  checkLength('probabilities', probabilities, classes.length * classCount);
  const rowsOfClass = new Map<number, number[]>();
  for (const [row, index] of classes.entries()) {
    if (index < 0) continue;
    const rows = rowsOfClass.get(index);
    if (rows === undefined) rowsOfClass.set(index, [row]);
    else rows.push(row);
  }
  const mean = (rows: readonly number[], i: number) =>
    rows.reduce((sum, row) => sum + (probabilities[row * classCount + i] as number), 0) / rows.length;
  return new Map(
    Array.from(rowsOfClass, ([index, rows]) => [
      index,
      Array.from({ length: classCount }, (_, i) => mean(rows, i)),
    ]),
  );
}

function totalVariation(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / 2;
}
