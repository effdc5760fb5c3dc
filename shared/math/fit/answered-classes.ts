// How many classes the pictures of a source are answered with: what the skew of a batch is measured against.

import type { FittedHead } from '../answer/fitted-head.ts';
import { effectiveClasses } from '../answer/profile.ts';
import { CentredAnswers } from './centred-answers.ts';
import type { Sources } from './policy-projections.ts';

/** Pictures of a profile that are kept, and so of a source that are asked. */
const askedPictures = 128;

/** Median over sources, about their own means; `undefined` where no source has sampled pictures. */
export function medianAnsweredClasses(head: FittedHead, { input, means }: Sources): number | undefined {
  const { dimension } = input.statistics;
  const effective = input.sample.environments.flatMap(({ embeddings }, index) => {
    const rows = embeddings.subarray(0, askedPictures * dimension);
    if (rows.length === 0) return [];
    const mean = head.centred ? means.ofEnvironment.get(index) : undefined;
    return [effectiveClasses(new CentredAnswers(head, rows, dimension).answers(mean))];
  });
  const sorted = effective.toSorted((a, b) => a - b);
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return middle.length === 0 ? undefined : middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
