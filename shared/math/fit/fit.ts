// The whole fit: which interventions may be used, what each head takes in each mode, and the heads on all sources. Pure:
// statistics and sample in, arrays and the report out.

import { ok, type Result } from '#shared/result.ts';
import type { FittedHead } from '../answer/fitted-head.ts';
import { checkLength } from '../check-length.ts';
import type { MathError } from '../math-error.ts';
import { medianAnsweredClasses } from './answered-classes.ts';
import { type AssembledModes, assembleHeads } from './assemble.ts';
import { planAutomatic } from './automatic.ts';
import { withinTrace } from './environment-moments.ts';
import { gevdSpectrum } from './estimators.ts';
import type { FitInput, FittedProjection, SourceMoments } from './fit-input.ts';
import type { FitReport, HeadReport, ModeReport, SourceReport } from './fit-report.ts';
import { planFixed } from './fixed.ts';
import { fitMoments } from './folds.ts';
import type { HeadPlan, ModePlan } from './plan.ts';
import { type Sources, sourcesOf } from './policy-projections.ts';
import { recordLeftOut } from './record-left-out.ts';
import { estimableSources } from './situation.ts';
import { labelledCount } from './source-means.ts';
import { sourceVariances } from './variances.ts';
import { vetInterventions } from './vetting.ts';

/**
 * Chooses (or fits as asked) every head in both modes. Too few samples: no picture, no usable pairs for an estimator the caller
 * fixed, or a probe without two classes. Throws RangeError where shapes do not fit, or a fixed dimension is not in [1, d].
 */
export function fitProjection(asked: FitInput): Result<FittedProjection, MathError> {
  checkInput(asked);
  const input = { ...asked, options: { ...asked.options, estimator: estimatorOf(asked.options) } };
  const { estimator } = input.options;
  const estimable = estimableSources(input);
  const vetting = vetInterventions(input, estimable);
  const sources = sourcesOf(input, [...input.statistics.environments.keys()], vetting.used);
  const moments = fitMoments(input, sources);
  if (!moments.ok) return moments;
  const plan =
    estimator === 'auto'
      ? planAutomatic(input, estimable, vetting)
      : planFixed(input, estimator, estimable, vetting);
  if (!plan.ok) return plan;
  const assembled = assembleHeads(plan.value, sources);
  if (!assembled.ok) return assembled;
  const { heads, bases } = assembled.value;
  const variances = variancesOf(input, heads, bases);
  if (!variances.ok) return variances;
  const { edits, search } = plan.value;
  const report: FitReport = {
    sources: reportSources(input, estimable),
    heads: heads.map((fitted) => reportHead(fitted.plan, fitted, sources)),
    interventions: [...vetting.verdicts],
    ...(edits === undefined ? {} : { edits }),
    warnings: [...vetting.warnings],
    ...(search === undefined ? {} : { search }),
  };
  const leftOut = recordLeftOut(plan.value.heads, plan.value.estimates);
  return ok({
    heads: heads.map(({ plan: _, ...modes }) => modes),
    sources: momentsOfSources(sources),
    variances: variances.value,
    report,
    ...(leftOut === undefined ? {} : { leftOut }),
    spectrum: gevdSpectrum(moments.value),
  });
}

/** λ′ and k belong to an estimator: whoever fixes one without naming it means the paper's. */
function estimatorOf({
  estimator,
  lambda,
  dimension,
}: FitInput['options']): FitInput['options']['estimator'] {
  return estimator === 'auto' && (lambda !== 'auto' || dimension !== 'auto') ? 'icm' : estimator;
}

function checkInput(input: FitInput): void {
  const { statistics, sample, environmentNames, interventionNames, prototypes, classCount } = input;
  checkLength('environment names', environmentNames, statistics.environments.length);
  checkLength('environments of the sample', sample.environments, statistics.environments.length);
  checkLength('intervention names', interventionNames, statistics.interventionCount);
  checkLength('prototypes', prototypes, classCount * statistics.dimension);
}

function momentsOfSources({ input, means }: Sources): SourceMoments {
  const { environments, dimension } = input.statistics;
  const rows = new Float32Array(environments.length * dimension);
  for (const index of environments.keys()) {
    rows.set(means.ofEnvironment.get(index) ?? means.mean, index * dimension);
  }
  return { means: rows, mean: new Float32Array(means.mean), traces: environments.map(withinTrace) };
}

function variancesOf(
  { statistics }: FitInput,
  heads: readonly AssembledModes[],
  bases: ReadonlyMap<Float32Array, Float64Array>,
): Result<FittedProjection['variances'], MathError> {
  const variances = new Map<Float32Array | undefined, Float32Array>();
  for (const { profiled, unprofiled } of heads) {
    for (const mode of [unprofiled, profiled]) {
      const { projection } = mode;
      if (variances.has(projection)) continue;
      const basis = projection === undefined ? undefined : bases.get(projection);
      const own = sourceVariances(statistics, projection, basis);
      if (!own.ok) return own;
      variances.set(projection, own.value);
    }
  }
  return ok(variances);
}

function reportSources(
  { statistics, environmentNames }: FitInput,
  estimable: readonly number[],
): SourceReport[] {
  return statistics.environments.map((environment, index) => ({
    name: environmentNames[index] ?? String(index),
    pictures: environment.count,
    labelled: labelledCount(environment),
    role: estimable.includes(index) ? 'estimated' : 'mean-only',
  }));
}

function reportHead(plan: HeadPlan, { profiled, unprofiled }: AssembledModes, sources: Sources): HeadReport {
  const answered = medianAnsweredClasses(profiled, sources);
  return {
    head: plan.head,
    profiled: reportMode(plan.profiled, profiled),
    unprofiled: reportMode(plan.unprofiled, unprofiled),
    candidates: plan.candidates,
    ...(answered === undefined ? {} : { answeredClasses: answered }),
  };
}

function reportMode({ estimate, reason }: ModePlan, fitted: FittedHead): ModeReport {
  const { choice, estimator, lambda, dimension, centred, temperature } = fitted;
  return {
    choice,
    estimator,
    ...(lambda === undefined ? {} : { lambda }),
    dimension,
    centred,
    temperature,
    ...(estimate === undefined ? {} : { estimate }),
    reason,
  };
}
