// The whole fit: which interventions may be used, which candidate each head takes, and the projection on all sources.
// Pure: statistics and sample in, arrays and the table of everything tried out.

import { err, ok, type Result } from '#shared/result.ts';
import type { FittedHead, FittedModes } from '../answer/classify.ts';
import { type Probe, probeFeatureScale, trainProbe } from '../answer/probe.ts';
import { mixWeights } from '../answer/wise.ts';
import { checkLength } from '../check-length.ts';
import { multiplyRows } from '../kernels/fast-product.ts';
import { meanOfRows, normaliseRows, subtractFromRows } from '../linear/vector.ts';
import type { MathError } from '../math-error.ts';
import { gevdFamily, projectionOf } from './estimators.ts';
import { FamilySolver } from './family-solver.ts';
import type { FitInput, FittedProjection, SourceMoments } from './fit-input.ts';
import type { FitReport, ModeReport } from './fit-report.ts';
import { fitMoments, type LabelledRows, labelledRows } from './folds.ts';
import type { Moments } from './moments.ts';
import { type SelectedHead, type Selection, selectProjection } from './selection.ts';

/**
 * Chooses and fits one projection for each head asked for. Errors: `too-few-samples` (no picture; no usable pairs for an
 * estimator the caller fixed; a probe without two classes), `no-convergence`. Throws RangeError where shapes do not fit, or a
 * fixed dimension is not in [1, d].
 */
export function fitProjection(input: FitInput): Result<FittedProjection, MathError> {
  checkInput(input);
  const selection = selectProjection(input);
  if (!selection.ok) return selection;
  const fitted = fitHeads(input, selection.value);
  if (!fitted.ok) return fitted;
  const { heads, spectrum } = fitted.value;
  const sources = plainSources(input);
  return ok({
    heads: heads.map((unprofiled) => bothModes(input, unprofiled)),
    sources,
    variances: new Map(),
    report: reportOf(input, selection.value, heads),
    spectrum,
  });
}

/** The same P, about the profile's mean and that of the labels. */
function bothModes({ prototypes: texts, statistics }: FitInput, unprofiled: FittedHead): FittedModes {
  const { head, projection, dimension } = unprofiled;
  if (head !== 'zero-shot') return { head, unprofiled };
  const centred = subtractFromRows(texts, meanOfRows(texts, statistics.dimension), statistics.dimension);
  const prototypes =
    projection === undefined ? centred.slice() : multiplyRows(centred, projection, statistics.dimension);
  normaliseRows(prototypes, dimension);
  return { head, unprofiled, profiled: { ...unprofiled, centred: true, prototypes } };
}

function plainSources({ statistics }: FitInput): SourceMoments {
  const { dimension, environments } = statistics;
  const means = new Float32Array(environments.length * dimension);
  for (const [index, { sum, count }] of environments.entries()) {
    for (let i = 0; i < dimension; i++)
      means[index * dimension + i] = (sum[i] as number) / Math.max(1, count);
  }
  const mean = new Float32Array(meanOfRows(means, dimension));
  return { means, mean, traces: environments.map(() => 0) };
}

function reportOf(input: FitInput, selection: Selection, heads: readonly FittedHead[]): FitReport {
  return {
    sources: input.statistics.environments.map(({ count, classCounts }, index) => {
      const labelled = classCounts.reduce((sum, of) => sum + of, 0);
      const name = input.environmentNames[index] ?? '';
      return { name, pictures: count, labelled, role: 2 * labelled >= count ? 'estimated' : 'mean-only' };
    }),
    heads: heads.map((head, index) => {
      const { choice, estimator, dimension, centred, temperature, lambda } = head;
      const reason = selection.heads[index]?.reason ?? '';
      const mode: ModeReport = {
        choice,
        estimator,
        dimension,
        centred,
        temperature,
        reason,
        ...(lambda === undefined ? {} : { lambda }),
      };
      return { head: head.head, unprofiled: mode, profiled: { ...mode, centred: true }, candidates: [] };
    }),
    interventions: selection.report.interventions,
    warnings: [],
    search: selection.report,
  };
}

/** What of a selection a final fit needs. */
export type HeadsToFit = {
  /** Indices of the interventions that may be used. */
  readonly interventions: readonly number[];
  readonly heads: readonly Pick<SelectedHead, 'head' | 'chosen' | 'temperature'>[];
};

/** Fits candidates that are already chosen on all sources, with nothing left out. Errors and throws as fitProjection. */
export function fitHeads(
  input: FitInput,
  { interventions, heads: selectedHeads }: HeadsToFit,
): Result<{ readonly heads: FittedHead[]; readonly spectrum: number[] }, MathError> {
  const environments = input.statistics.environments.map((_, index) => index);
  const moments = fitMoments(input, { environments, interventions });
  if (!moments.ok) return moments;
  const sources = finalSources(input, moments.value);
  const heads: FittedHead[] = [];
  for (const selected of selectedHeads) {
    const head = fitHead(input, sources, selected);
    if (!head.ok) return head;
    heads.push(head.value);
  }
  return ok({ heads, spectrum: spectrumOf(moments.value) });
}

function checkInput({
  statistics,
  sample,
  environmentNames,
  interventionNames,
  prototypes,
  classCount,
}: FitInput): void {
  checkLength('environment names', environmentNames, statistics.environments.length);
  checkLength('environments of the sample', sample.environments, statistics.environments.length);
  checkLength('intervention names', interventionNames, statistics.interventionCount);
  checkLength('prototypes', prototypes, classCount * statistics.dimension);
}

/** What every head is fitted from: unit rows with the means taken out where asked for. */
type Sources = {
  readonly solver: FamilySolver;
  readonly dimension: number;
  readonly prototypes: Float32Array;
  readonly labelled: LabelledRows;
  readonly isCentred: boolean;
};

function finalSources(input: FitInput, moments: Moments): Sources {
  const { dimension } = moments;
  const labelled = labelledRows(
    input,
    input.statistics.environments.map((_, index) => index),
  );
  const solver = new FamilySolver(moments);
  if (!input.options.removeMean)
    return { solver, dimension, prototypes: input.prototypes, labelled, isCentred: false };
  const means = {
    image: new Float32Array(moments.mean),
    text: new Float32Array(meanOfRows(input.prototypes, dimension)),
  };
  return {
    solver,
    dimension,
    isCentred: true,
    prototypes: subtractFromRows(input.prototypes, means.text, dimension),
    labelled: { ...labelled, embeddings: subtractFromRows(labelled.embeddings, means.image, dimension) },
  };
}

function fitHead(
  { logitScale, classCount }: FitInput,
  { solver, dimension: embeddingDimension, prototypes: texts, labelled, isCentred }: Sources,
  { head, chosen, temperature }: HeadsToFit['heads'][number],
): Result<FittedHead, MathError> {
  const { estimator, lambda, dimension, alpha = 0 } = chosen;
  const family = solver.solve(chosen);
  if (!family.ok) return family;
  const projection = new Float32Array(projectionOf(family.value, dimension));
  const prototypes = multiplyRows(texts, projection, embeddingDimension);
  normaliseRows(prototypes, dimension);
  const choice: FittedHead['choice'] = estimator === 'identity' ? 'plain' : 'fixed';
  const common = {
    head,
    choice,
    centred: isCentred,
    estimator,
    ...(lambda === undefined ? {} : { lambda }),
    dimension,
    logitScale,
    temperature,
    ...(estimator === 'identity' ? {} : { projection }),
    prototypes,
  };
  if (head === 'zero-shot') return ok(common);
  const probe = finalProbe(labelled, projection, { dimension, embeddingDimension, classCount });
  if (!probe.ok) return probe;
  const { weights, bias } = probe.value;
  if (head === 'probe') return ok({ ...common, featureScale: probeFeatureScale, weights, bias });
  const mixed = mixWeights(prototypes, probe.value, { alpha, logitScale, dimension });
  return ok({ ...common, alpha, featureScale: probeFeatureScale, ...mixed });
}

function finalProbe(
  { embeddings, classes }: LabelledRows,
  projection: Float32Array,
  shape: { readonly dimension: number; readonly embeddingDimension: number; readonly classCount: number },
): Result<Probe, MathError> {
  if (new Set(classes).size < 2) {
    return err({ code: 'too-few-samples', detail: 'A probe needs pictures of at least two classes.' });
  }
  const features = multiplyRows(embeddings, projection, shape.embeddingDimension);
  normaliseRows(features, shape.dimension);
  for (let i = 0; i < features.length; i++) features[i] = probeFeatureScale * (features[i] as number);
  return ok(trainProbe({ features, classes, classCount: shape.classCount, dimension: shape.dimension }));
}

/** ρ of the generalised problem, for the plot; empty where there are no pairs or they do not span the space. */
function spectrumOf(moments: Moments): number[] {
  const family = gevdFamily(moments);
  return family.ok ? [...family.value.values] : [];
}
