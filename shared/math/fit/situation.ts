// What the sources allow to be known: which of them can be left out, and whether plain CLIP knows these classes at all.

import { centreLabels } from '../answer/profile.ts';
import { perClassRecall } from '../answer/scores.ts';
import { multiplyRows } from '../kernels/fast-product.ts';
import { argmaxOfRows, normaliseRows, subtractFromRows } from '../linear/vector.ts';
import type { FitInput } from './fit-input.ts';
import { type LabelledRows, labelledRows } from './labelled-rows.ts';
import { isAboveChance, type Situation } from './policy.ts';
import { isLabelled, shareClasses, sourceMeans } from './source-means.ts';

/** Sources that are at least half labelled and have sampled pictures of the labels asked about. */
export function estimableSources({ statistics, sample }: FitInput): number[] {
  return [...statistics.environments.keys()].filter(
    (index) =>
      isLabelled(statistics.environments[index]) &&
      sample.environments[index]?.classes.some((label) => label >= 0) === true,
  );
}

/** For zero-shot; see probeSituation for the heads that learn. */
export function situationOf(input: FitInput, estimable: readonly number[]): Situation {
  const learned = probeSituation(input, estimable);
  if (learned.kind !== 'estimated') return learned;
  const { accuracy, pictures } = plainAccuracy(input, estimable);
  if (isAboveChance(accuracy, pictures, input.classCount)) return learned;
  return { kind: 'not-above-chance', accuracy, chance: 1 / input.classCount, sources: estimable.length };
}

/** A head that learns from the sources does not need plain CLIP to know their classes. */
export function probeSituation(input: FitInput, estimable: readonly number[]): Situation {
  if (input.classCount < 2) return { kind: 'one-label' };
  if (!shareClasses(input.statistics, [...input.statistics.environments.keys()])) {
    return { kind: 'no-shared-class' };
  }
  const [first] = estimable;
  if (first === undefined) return { kind: 'no-labels' };
  if (estimable.length > 1) return { kind: 'estimated', sources: estimable.length };
  const { accuracy, pictures } = plainAccuracy(input, estimable);
  return {
    kind: 'one-source',
    plain: accuracy,
    centred: centredAccuracy(input, first),
    aboveChance: isAboveChance(accuracy, pictures, input.classCount),
  };
}

/** Mean over sources of plain CLIP's class-balanced accuracy, and how many pictures it is of. */
function plainAccuracy(
  input: FitInput,
  sources: readonly number[],
): { readonly accuracy: number; readonly pictures: number } {
  const own = sources.map((index) => labelledRows(input, [index]));
  const accuracies = own.map((rows) => balancedAccuracy(input, rows, input.prototypes));
  return {
    accuracy: accuracies.reduce((sum, value) => sum + value, 0) / Math.max(1, sources.length),
    pictures: own.reduce((sum, { classes }) => sum + classes.length, 0),
  };
}

/** Of a source about its own mean, against the labels about theirs. */
function centredAccuracy(input: FitInput, source: number): number {
  const { statistics, prototypes } = input;
  const { dimension } = statistics;
  const { embeddings, classes } = labelledRows(input, [source]);
  const { mean } = sourceMeans(statistics, [source]);
  const texts = centreLabels(prototypes, dimension);
  normaliseRows(texts, dimension);
  const rows = { embeddings: subtractFromRows(embeddings, mean, dimension), classes };
  return balancedAccuracy(input, rows, texts);
}

/** Mean over the classes that have pictures; the length of `embeddings` plays no part. */
function balancedAccuracy(
  { statistics, classCount }: FitInput,
  { embeddings, classes }: Pick<LabelledRows, 'embeddings' | 'classes'>,
  texts: Float32Array,
): number {
  const answers = argmaxOfRows(multiplyRows(embeddings, texts, statistics.dimension), classCount);
  const recall = perClassRecall(answers, classes, classCount).filter((value) => value !== undefined);
  return recall.reduce((sum, value) => sum + value, 0) / Math.max(1, recall.length);
}
