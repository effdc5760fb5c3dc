// Source environments left out in turn (docs/method.md): what is fitted from the others answers the pictures of the one left out,
// about the mean of a batch of its own, drawn several times and never scored.

import { targetMean } from '../answer/profile.ts';
import { takeRows } from '../linear/vector.ts';
import { drawBatch, drawCount } from './batches.ts';
import type { CentredAnswers } from './centred-answers.ts';
import type { FitInput } from './fit-input.ts';
import type { Centre } from './head-builder.ts';
import { type Sources, sourcesOf } from './policy-projections.ts';

/** One draw of a batch: its mean μ̂ [d], and which labelled pictures it leaves to be scored [n]. */
export type Draw = { readonly mean: Float32Array; readonly scored: Uint8Array };

export type LeftOut = {
  readonly name: string;
  /** What is fitted from. */
  readonly rest: Sources;
  /** The labelled pictures of the one left out: unit rows [n, d], classes [n]. */
  readonly embeddings: Float32Array;
  readonly classes: Int32Array;
  /** The last two bytes of their content hashes [n, 2]. */
  readonly tags: Uint8Array;
  readonly draws: readonly Draw[];
};

/** Of every labelled picture the share of draws that answer it right, among those that score it; not scored by any: 0. */
export type PictureHits = { readonly hits: Float64Array; readonly scored: Uint8Array };

/** `left` is left out of `environments`; `interventions` are those whose edits may be used without it. */
export function leaveOut(
  input: FitInput,
  environments: readonly number[],
  left: number,
  interventions: readonly number[],
): LeftOut {
  const { dimension } = input.statistics;
  const rest = sourcesOf(
    input,
    environments.filter((index) => index !== left),
    interventions,
  );
  const sample = input.sample.environments[left];
  const embeddings = sample?.embeddings ?? new Float32Array(0);
  const classes = sample?.classes ?? new Int32Array(0);
  const labelled = [...classes.keys()].filter((row) => (classes[row] as number) >= 0);
  const reference = Float32Array.from(rest.means.mean);
  const draws = Array.from({ length: drawCount }, (_, seed): Draw => {
    const batch = drawBatch(classes.length, seed);
    const inBatch = new Set(batch);
    return {
      mean: targetMean({ pictures: batch.length, sum: sumOfRows(embeddings, batch, dimension) }, reference),
      scored: Uint8Array.from(labelled, (row) => (inBatch.has(row) ? 0 : 1)),
    };
  });
  return {
    name: input.environmentNames[left] ?? String(left),
    rest,
    embeddings: takeRows(embeddings, labelled, dimension),
    classes: Int32Array.from(labelled, (row) => classes[row] as number),
    tags: tagsOf(sample?.hashes ?? new Uint8Array(0), labelled),
    draws,
  };
}

const hashBytes = 32;

function tagsOf(hashes: Uint8Array, rows: readonly number[]): Uint8Array {
  return Uint8Array.from(
    rows.flatMap((row) => [hashes[row * hashBytes + 30] ?? 0, hashes[row * hashBytes + 31] ?? 0]),
  );
}

/** How one head answers the pictures left out. */
export function hitsOf(
  answers: CentredAnswers,
  centre: Centre,
  { rest, classes, draws }: LeftOut,
): PictureHits {
  const hits = new Float64Array(classes.length);
  if (centre !== 'own') {
    const given = answers.answers(centre === 'common' ? rest.means.mean : undefined);
    for (let row = 0; row < hits.length; row++) hits[row] = given[row] === classes[row] ? 1 : 0;
    return { hits, scored: new Uint8Array(classes.length).fill(1) };
  }
  const times = new Float64Array(classes.length);
  for (const { mean, scored } of draws) {
    const given = answers.answers(mean);
    for (let row = 0; row < hits.length; row++) {
      if (scored[row] === 0) continue;
      times[row] = (times[row] as number) + 1;
      if (given[row] === classes[row]) hits[row] = (hits[row] as number) + 1;
    }
  }
  for (let row = 0; row < hits.length; row++)
    hits[row] = (hits[row] as number) / Math.max(1, times[row] as number);
  return { hits, scored: Uint8Array.from(times, (count) => (count > 0 ? 1 : 0)) };
}

/** The logits [m, c] of the pictures that the first draw scores, and their classes [m]. */
export function firstLogits(
  answers: CentredAnswers,
  centre: Centre,
  { rest, classes, draws }: LeftOut,
): { readonly logits: Float32Array; readonly classes: Int32Array } {
  const [draw] = draws;
  if (centre !== 'own' || draw === undefined) {
    return { logits: answers.logits(centre === 'common' ? rest.means.mean : undefined), classes };
  }
  const logits = answers.logits(draw.mean);
  const rows = [...classes.keys()].filter((row) => draw.scored[row] === 1);
  return {
    logits: takeRows(logits, rows, logits.length / Math.max(1, classes.length)),
    classes: Int32Array.from(rows, (row) => classes[row] as number),
  };
}

function sumOfRows(rows: Float32Array, indices: Int32Array, dimension: number): Float64Array {
  const sum = new Float64Array(dimension);
  for (const row of indices) {
    for (let i = 0; i < dimension; i++) sum[i] = (sum[i] as number) + (rows[row * dimension + i] as number);
  }
  return sum;
}
