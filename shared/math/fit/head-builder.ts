// One head from sources: prototypes of the labels, and for `probe` and `wise` the weights, under one projection and one way of
// taking means out. The same code serves sources of which one is left out and the final fit.

import { err, ok, type Result } from '#shared/result.ts';
import type { FittedHead, HeadName, ModeChoice } from '../answer/fitted-head.ts';
import { type Probe, type ProbeInput, probeFeatureScale, trainProbe } from '../answer/probe.ts';
import { centreLabels } from '../answer/profile.ts';
import { mixWeights, wiseAlpha } from '../answer/wise.ts';
import { multiplyRows } from '../kernels/fast-product.ts';
import { normaliseRows } from '../linear/vector.ts';
import type { MathError } from '../math-error.ts';
import type { FitInput } from './fit-input.ts';
import { labelledRows } from './labelled-rows.ts';
import type { Sources } from './policy-projections.ts';
import type { SelectableEstimator } from './selection-report.ts';

/** P of one way to answer, and what it is called. */
export type Projected = {
  readonly estimator: SelectableEstimator;
  readonly lambda?: number;
  /** k. */
  readonly dimension: number;
  /** [k, d]; absent for the identity. */
  readonly projection?: Float32Array;
};

/**
 * What is taken out of pictures: nothing; μ̄ of all sources; or of each picture the mean of its own environment, which for one
 * to be answered is its profile's.
 */
export type Centre = 'none' | 'common' | 'own';

export type Approach = { readonly choice: ModeChoice; readonly centre: Centre };

export type ProbeTraining = Pick<ProbeInput, 'precision' | 'stopping'> & {
  /** Pictures to train on at most, those of smallest hash of each environment; default all. */
  readonly limit?: number;
};

/** Of the sources it was made for. Too few samples: they have no two classes to learn from. */
export type TrainProbe = (centre: Centre, projection: Float32Array | undefined) => Result<Probe, MathError>;

/** Trains each probe once: `probe` and `wise` share theirs. */
export function probeTrainer(sources: Sources, training: ProbeTraining = {}): TrainProbe {
  const trained = new Map<Float32Array | undefined, Map<Centre, Result<Probe, MathError>>>();
  return (centre, projection) => {
    const ofProjection = trained.get(projection) ?? new Map<Centre, Result<Probe, MathError>>();
    const probe = ofProjection.get(centre) ?? probeOf(centre, projection, sources, training);
    trained.set(projection, ofProjection.set(centre, probe));
    return probe;
  };
}

/** Fails only where `train` does, which a zero-shot head does not call. */
export function buildHead(
  head: HeadName,
  approach: Approach,
  { projection, ...named }: Projected,
  { input }: Sources,
  train: TrainProbe,
): Result<FittedHead, MathError> {
  const common = {
    head,
    choice: approach.choice,
    centred: approach.centre !== 'none',
    ...named,
    ...(projection === undefined ? {} : { projection }),
    logitScale: input.logitScale,
    temperature: 1,
    prototypes: prototypesOf(input, approach.centre, projection),
  };
  if (head === 'zero-shot') return ok(common);
  const probe = train(approach.centre, projection);
  if (!probe.ok) return probe;
  return ok(withProbe(common, probe.value));
}

/** A head with the weights of a probe; for `wise` of the middle between its prototypes and the probe. */
function withProbe(head: FittedHead, probe: Probe): FittedHead {
  const { logitScale, dimension, prototypes } = head;
  if (head.head === 'probe') {
    return { ...head, featureScale: probeFeatureScale, weights: probe.weights, bias: probe.bias };
  }
  const mixed = mixWeights(prototypes, probe, { alpha: wiseAlpha, logitScale, dimension });
  return { ...head, alpha: wiseAlpha, featureScale: probeFeatureScale, ...mixed };
}

/** normalise(P t_c) [c, k], or centred normalise(P (t_c − t̄)) with t̄ the mean of the labels asked about. */
function prototypesOf(
  { prototypes, statistics: { dimension } }: FitInput,
  centre: Centre,
  projection: Float32Array | undefined,
): Float32Array {
  if (centre === 'none' && projection === undefined) return prototypes;
  const texts = centre === 'none' ? prototypes : centreLabels(prototypes, dimension);
  return unitProjections(texts, projection, dimension);
}

function probeOf(
  centre: Centre,
  projection: Float32Array | undefined,
  { input, environments, means }: Sources,
  { limit, ...training }: ProbeTraining,
): Result<Probe, MathError> {
  const { classCount, statistics } = input;
  const { embeddings, classes, environmentOfRow } = labelledRows(input, environments, limit);
  if (new Set(classes).size < 2) {
    return err({ code: 'too-few-samples', detail: 'A probe needs pictures of at least two classes.' });
  }
  const { dimension } = statistics;
  const rows = embeddings.slice();
  for (let row = 0; row < classes.length && centre !== 'none'; row++) {
    const own = means.ofEnvironment.get(environmentOfRow[row] as number);
    const mean = centre === 'own' ? (own ?? means.mean) : means.mean;
    for (let i = 0, at = row * dimension; i < dimension; i++, at++) {
      rows[at] = (rows[at] as number) - (mean[i] as number);
    }
  }
  const features = unitProjections(rows, projection, dimension);
  for (let i = 0; i < features.length; i++) features[i] = probeFeatureScale * (features[i] as number);
  const width = projection === undefined ? dimension : projection.length / dimension;
  return ok(trainProbe({ features, classes, classCount, dimension: width, ...training }));
}

function unitProjections(
  rows: Float32Array,
  projection: Float32Array | undefined,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const projected = projection === undefined ? rows.slice() : multiplyRows(rows, projection, dimension);
  normaliseRows(projected, projection === undefined ? dimension : projection.length / dimension);
  return projected;
}
