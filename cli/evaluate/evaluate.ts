// A whole evaluation: scan, encode, then fit and test with each environment in turn the target. Takes plain values and
// reports progress; prints nothing and parses nothing.

import { formatLabel } from '#figures/format.ts';
import type { AppError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { Head } from '#shared/contracts/fit.ts';
import type { PictureIntervention } from '#shared/contracts/intervention.ts';
import { ok, type Result } from '#shared/result.ts';
import type { Encoder } from '../../gpu-worker/clip/encoder.ts';
import { openEmbeddingCache } from './embedding-cache.ts';
import { encodeLabels } from './encode-labels.ts';
import { encodeTree, type UnreadablePicture } from './encode-tree.ts';
import { type EvaluationData, gatherEnvironments } from './evaluation-data.ts';
import type { Method } from './methods.ts';
import { type Protocol, splitPictures } from './protocol.ts';
import { checkPlan, keepReadable, type ReadableTree } from './readable-tree.ts';
import { openResultCache } from './result-cache.ts';
import type { TargetTask } from './run-target.ts';
import { runTasks } from './run-tasks.ts';
import { scanFolder } from './scan-folder.ts';
import type { ProfilePlan } from './target-batch.ts';
import type { TargetResult } from './target-result.ts';

export type EvaluationOptions = {
  readonly directory: string;
  /** Names of environments; default each in turn. */
  readonly targets?: readonly string[];
  readonly methods: readonly Method[];
  readonly heads: readonly Head[];
  readonly templates: readonly string[];
  /** How many; they are 0, 1, 2 ... */
  readonly seeds: number;
  readonly protocol: Protocol;
  readonly profile: ProfilePlan;
  /** Every ordered pair of environments, in place of all others against each. */
  readonly oneSource: boolean;
  readonly withNeighbours: boolean;
  readonly interventions: readonly PictureIntervention[];
  readonly keepHarmfulInterventions: boolean;
  readonly cacheDirectory: string;
  readonly threads: number;
};

export type Progress = (stage: 'encode' | 'fit', done: number, total: number) => void;

export type Evaluation = {
  readonly options: EvaluationOptions;
  readonly model: ModelReference;
  readonly tree: ReadableTree;
  readonly unreadable: readonly UnreadablePicture[];
  readonly warnings: readonly string[];
  readonly seeds: readonly number[];
  /** Indices of the environments tested on. */
  readonly targets: readonly number[];
  /** Target by target within a seed; source by source within a target where each has one. */
  readonly results: readonly TargetResult[];
};

export async function evaluate(
  encoder: Encoder,
  options: EvaluationOptions,
  progress: Progress,
): Promise<Result<Evaluation, AppError>> {
  const scanned = await scanFolder(options.directory);
  if (!scanned.ok) return scanned;
  const { info } = encoder;
  const seeds = Array.from({ length: options.seeds }, (_, seed) => seed);
  const encoded = await encodeTree(scanned.value.pictures, {
    encoder,
    cache: openEmbeddingCache({
      directory: options.cacheDirectory,
      revision: info.reference.revision,
      dimension: info.embeddingDimension,
    }),
    interventions: options.interventions,
    seeds,
    onProgress: (done, total) => progress('encode', done, total),
  });
  const tree = keepReadable(scanned.value, encoded.pictures);
  const targets = checkPlan(tree, options);
  if (!targets.ok) return targets;
  const labels = await encodeLabels(tree.classes.map(formatLabel), options.templates, encoder);
  const base = {
    dimension: info.embeddingDimension,
    logitScale: info.logitScale,
    interventionNames: options.interventions.map(({ name }) => name),
    ...labels,
  };
  const results = await runTasks(planTasks(tree, base, { options, seeds, targets: targets.value }), {
    cache: openResultCache(options.cacheDirectory),
    threads: options.threads,
    onProgress: (done, total) => progress('fit', done, total),
  });
  if (!results.ok) return results;
  return ok({
    options,
    model: info.reference,
    tree,
    unreadable: encoded.unreadable,
    warnings: [...scanned.value.warnings, ...tree.warnings],
    seeds,
    targets: targets.value,
    results: results.value,
  });
}

/** Within a seed target by target; with one source each, source by source within a target. */
function planTasks(
  tree: ReadableTree,
  base: Omit<EvaluationData, 'environments'>,
  plan: { options: EvaluationOptions; seeds: readonly number[]; targets: readonly number[] },
): (() => TargetTask)[] {
  const { methods, heads, keepHarmfulInterventions, protocol, profile, withNeighbours } = plan.options;
  return plan.seeds.flatMap((seed, seedIndex) => {
    const environments = gatherEnvironments(tree.environments, tree.pictures, seedIndex);
    const split = splitPictures(protocol, environments, tree.classes, seed);
    return plan.targets.flatMap((target) =>
      sourcesOf(target, environments.length, plan.options.oneSource).map((sources) => () => ({
        data: { ...base, environments },
        target,
        sources,
        seed,
        split,
        profile,
        methods,
        heads,
        keepHarmfulInterventions,
        withNeighbours: withNeighbours && heads.includes('zero-shot'),
        withCurves:
          seedIndex === 0 &&
          protocol !== 'open-class' &&
          heads.includes('zero-shot') &&
          !plan.options.oneSource,
      })),
    );
  });
}

function sourcesOf(target: number, environmentCount: number, oneSource: boolean): number[][] {
  const others = Array.from({ length: environmentCount }, (_, index) => index).filter((i) => i !== target);
  return oneSource ? others.map((source) => [source]) : [others];
}
