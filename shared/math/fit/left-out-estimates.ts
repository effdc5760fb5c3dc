// How every way to answer does on sources left out. Ways are built once for each source and remembered.

import { err, ok, type Result } from '#shared/result.ts';
import type { FittedHead, HeadName, ModeChoice } from '../answer/fitted-head.ts';
import { concatenateRows } from '../linear/vector.ts';
import type { MathError } from '../math-error.ts';
import { CentredAnswers } from './centred-answers.ts';
import { type Comparison, compareHits } from './comparison.ts';
import {
  type Approach,
  buildHead,
  type Centre,
  type ProbeTraining,
  type Projected,
  probeTrainer,
  type TrainProbe,
} from './head-builder.ts';
import { firstLogits, hitsOf, type LeftOut, type PictureHits } from './left-out.ts';
import type { Sources } from './policy-projections.ts';

/** The projection of a choice from some sources. Too few samples: there is nothing to make it of. */
export type Resolve<T extends Projected = Projected> = (
  sources: Sources,
  choice: ModeChoice,
  head: HeadName,
) => Result<T, MathError>;

/** Rough probes are enough to compare by; the chosen one is trained to the end. */
const comparingProbe: ProbeTraining = {
  precision: 'float32',
  stopping: { maxIterations: 40, gradientTolerance: 0.5, relativeDecrease: 3e-4, memory: 6 },
  limit: 2000,
};
/** Logits that a temperature is fitted on at most. */
const temperatureLogits = 4_000_000;

type NotConverged = MathError<'no-convergence'>;

/** A source that cannot be answered for is passed over. */
export class LeftOutEstimates {
  readonly folds: readonly LeftOut[];
  readonly #resolve: Resolve;
  /** By head and approach, fold by fold. */
  readonly #hits = new Map<string, readonly (PictureHits | undefined)[]>();
  readonly #projected = new Map<string, Result<Projected, MathError>>();
  readonly #trainers: TrainProbe[] = [];

  constructor(folds: readonly LeftOut[], resolve: Resolve) {
    this.folds = folds;
    this.#resolve = resolve;
  }

  /** How the pictures of each fold were answered; a fold that could not be answered for is `undefined`. */
  hits(head: HeadName, approach: Approach): Result<readonly (PictureHits | undefined)[], NotConverged> {
    return this.#hitsOf(head, approach);
  }

  /** `undefined` where no source could be answered for. */
  compare(head: HeadName, ours: Approach, other: Approach): Result<Comparison | undefined, NotConverged> {
    const left = this.#hitsOf(head, ours);
    if (!left.ok) return left;
    const right = this.#hitsOf(head, other);
    if (!right.ok) return right;
    const pairs = this.folds.flatMap(({ name, classes }, fold) => {
      const [a, b] = [left.value[fold], right.value[fold]];
      return a === undefined || b === undefined ? [] : [{ name, classes, ours: a, other: b }];
    });
    const comparison = compareHits(pairs);
    return ok(comparison.sources.length === 0 ? undefined : comparison);
  }

  /** The logits [m, c] of pictures left out, in the first draw, and their classes [m]. */
  logits(
    head: HeadName,
    approach: Approach,
  ): Result<{ readonly logits: Float32Array; readonly classes: Int32Array }, NotConverged> {
    const parts: { logits: Float32Array; classes: Int32Array }[] = [];
    for (const fold of this.folds.keys()) {
      const answers = this.#answers(head, approach, fold);
      if (!answers.ok && answers.error.code !== 'too-few-samples') return err(answers.error);
      if (!answers.ok) continue;
      const { logits, classes } = firstLogits(answers.value, approach.centre, this.folds[fold] as LeftOut);
      const width = logits.length / Math.max(1, classes.length);
      const kept = Math.max(1, Math.floor(temperatureLogits / this.folds.length / Math.max(1, width)));
      parts.push({ logits: logits.slice(0, kept * width), classes: classes.slice(0, kept) });
    }
    return ok({
      logits: concatenateRows(parts.map(({ logits }) => logits)),
      classes: Int32Array.from(parts.flatMap(({ classes }) => [...classes])),
    });
  }

  #hitsOf(head: HeadName, approach: Approach): Result<readonly (PictureHits | undefined)[], NotConverged> {
    const keyOf = (centre: Centre) => `${head}/${approach.choice}/${centre}`;
    const known = this.#hits.get(keyOf(approach.centre));
    if (known !== undefined) return ok(known);
    const centres = centresOfHead(head, approach.centre);
    const hits = centres.map((): (PictureHits | undefined)[] => []);
    for (const [index, fold] of this.folds.entries()) {
      const answers = this.#answers(head, approach, index);
      if (!answers.ok && answers.error.code !== 'too-few-samples') return err(answers.error);
      for (const [at, centre] of centres.entries()) {
        hits[at]?.push(answers.ok ? hitsOf(answers.value, centre, fold) : undefined);
      }
    }
    for (const [at, centre] of centres.entries()) this.#hits.set(keyOf(centre), hits[at] ?? []);
    return ok(this.#hits.get(keyOf(approach.centre)) ?? []);
  }

  #answers(head: HeadName, approach: Approach, index: number): Result<CentredAnswers, MathError> {
    const built = this.#build(head, approach, index);
    if (!built.ok) return built;
    const { embeddings, rest } = this.folds[index] as LeftOut;
    return ok(new CentredAnswers(built.value, embeddings, rest.input.statistics.dimension));
  }

  #build(head: HeadName, approach: Approach, index: number): Result<FittedHead, MathError> {
    const { rest } = this.folds[index] as LeftOut;
    const key = `${index}/${head}/${approach.choice}`;
    const projected = this.#projected.get(key) ?? this.#resolveFor(rest, approach.choice, head);
    this.#projected.set(key, projected);
    if (!projected.ok) return projected;
    return buildHead(head, approach, projected.value, rest, this.#trainerOf(index, rest));
  }

  #trainerOf(index: number, rest: Sources): TrainProbe {
    const trainer = this.#trainers[index] ?? probeTrainer(rest, comparingProbe);
    this.#trainers[index] = trainer;
    return trainer;
  }

  /** Keeps of an answer what Projected names alone. */
  #resolveFor(sources: Sources, choice: ModeChoice, head: HeadName): Result<Projected, MathError> {
    const resolved = this.#resolve(sources, choice, head);
    if (!resolved.ok) return resolved;
    const { estimator, lambda, dimension, projection } = resolved.value;
    return ok({
      estimator,
      dimension,
      ...(lambda === undefined ? {} : { lambda }),
      ...(projection === undefined ? {} : { projection }),
    });
  }
}

/** Prototypes are the same whichever mean is taken out, so one pass answers for both; a probe learns anew. */
function centresOfHead(head: HeadName, centre: Centre): readonly Centre[] {
  return head === 'zero-shot' && centre !== 'none' ? ['own', 'common'] : [centre];
}
