// Two heads against each other on one target: which pictures changed hands, and where environments disagree.

import { classify } from '#shared/math/answer/classify.ts';
import type { CompiledHead } from '#shared/math/answer/compiled-head.ts';
import { predictionDisagreement } from '#shared/math/answer/scores.ts';
import { topK } from '#shared/math/linear/top-k.ts';
import { meanOfRows } from '#shared/math/linear/vector.ts';
import { type EvaluationData, unitRows } from './evaluation-data.ts';
import { answerRows, compileMeasured, type TestSet } from './measure-head.ts';
import type { MeasuredHead } from './target-heads.ts';
import type { ChangedPicture, TargetResult } from './target-result.ts';

export type Comparison = Pick<TargetResult, 'changes' | 'disagreement'>;

const shownPictures = 6;
const shownGuesses = 3;

export type ComparedOn = { readonly data: EvaluationData; readonly target: number; readonly test: TestSet };

export function compareHeads(
  before: MeasuredHead,
  after: MeasuredHead,
  { data, target, test }: ComparedOn,
): Comparison {
  const [plain, projected] = [compileMeasured(before, data), compileMeasured(after, data)];
  return {
    changes: findChanges(plain, projected, test),
    disagreement: {
      before: disagreementRow(before, data, target),
      after: disagreementRow(after, data, target),
    },
  };
}

function findChanges(before: CompiledHead, after: CompiledHead, test: TestSet): Comparison['changes'] {
  const old = answerRows(before, test.embeddings);
  const now = answerRows(after, test.embeddings);
  const width = before.classCount;
  const guesses = (probabilities: Float32Array, position: number) => {
    const row = probabilities.subarray(position * width, (position + 1) * width);
    return topK(row, shownGuesses).map((index) => ({ class: index, probability: row[index] ?? 0 }));
  };
  const describe = (position: number): ChangedPicture => {
    const index = test.classes[position] ?? 0;
    const at = position * width + index;
    return {
      row: test.rows[position] ?? 0,
      class: index,
      change: (now.probabilities[at] ?? 0) - (old.probabilities[at] ?? 0),
      before: guesses(old.probabilities, position),
      after: guesses(now.probabilities, position),
    };
  };
  const rightBefore = old.answers.map((answer, position) => Number(answer === test.classes[position]));
  const rightAfter = now.answers.map((answer, position) => Number(answer === test.classes[position]));
  const positions = [...test.classes.keys()];
  const corrected = positions.filter((p) => !rightBefore[p] && rightAfter[p]).map(describe);
  const broken = positions.filter((p) => rightBefore[p] && !rightAfter[p]).map(describe);
  return {
    corrected: corrected.length,
    broken: broken.length,
    mostCorrected: corrected.toSorted((a, b) => b.change - a.change).slice(0, shownPictures),
    mostBroken: broken.toSorted((a, b) => a.change - b.change).slice(0, shownPictures),
  };
}

/** The target's row of the disagreement between environments. With a profile every environment is about its own mean. */
function disagreementRow(measured: MeasuredHead, data: EvaluationData, target: number): number[] {
  const { dimension } = data;
  const classCount = data.prototypes.length / dimension;
  const answered = data.environments.map(({ embeddings, classes }, index) => {
    const rows = unitRows(embeddings, dimension);
    const own =
      measured.profiled && measured.mean !== undefined && index !== target
        ? Float32Array.from(meanOfRows(rows, dimension))
        : measured.mean;
    const { probabilities } = classify(compileMeasured(measured, data, own), rows, classes.length);
    return { probabilities, classes };
  });
  return predictionDisagreement(answered, classCount)[target] ?? [];
}
