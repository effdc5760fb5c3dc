// Two heads against each other on one target: which pictures changed hands, and where environments disagree.

import {
  type CompiledHead,
  classify,
  compileHead,
  type FittedHead,
  topK,
} from '#shared/math/answer/classify.ts';
import { predictionDisagreement } from '#shared/math/answer/scores.ts';
import { type EvaluationData, unitRows } from './evaluation-data.ts';
import { answerRows, type TestSet, withAllLabels } from './measure-head.ts';
import type { ChangedPicture, TargetResult } from './target-result.ts';

export type Comparison = Pick<TargetResult, 'changes' | 'disagreement'>;

const shownPictures = 6;
const shownGuesses = 3;

export function compareHeads(
  before: FittedHead,
  after: FittedHead,
  data: EvaluationData,
  target: number,
  test: TestSet,
): Comparison {
  const heads = [before, after].map((head) => compileHead(withAllLabels(head, data), data.dimension));
  const [plain, projected] = heads as [CompiledHead, CompiledHead];
  return {
    changes: findChanges(plain, projected, test),
    disagreement: {
      before: disagreementRow(plain, data, target),
      after: disagreementRow(projected, data, target),
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

/** The target's row of the disagreement between environments. */
function disagreementRow(head: CompiledHead, data: EvaluationData, target: number): number[] {
  const answered = data.environments.map(({ embeddings, classes }) => {
    const { probabilities } = classify(head, unitRows(embeddings, data.dimension), classes.length);
    return { probabilities, classes };
  });
  return predictionDisagreement(answered, head.classCount)[target] ?? [];
}
