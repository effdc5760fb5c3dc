// Plain CLIP with a profile and no projection: labels of one's own, pictures less the environment's mean, labels less theirs.
// Nothing says beforehand that it helps, so it happens only where a request names an environment.

import { type AppError, appError } from '#shared/app-error.ts';
import { type CompiledHead, type HeadScoring, plainHead } from '#shared/math/answer/compiled-head.ts';
import { centreLabels, targetMean } from '#shared/math/answer/profile.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EnvironmentCache } from '../cache/environment-cache.ts';
import { answerOf } from './apply-profile.ts';
import type { FoundEnvironment } from './find-environment.ts';

/** Without a reference mean to shrink towards, fewer pictures say too little. */
const leastUnshrunk = 16;

type Question = {
  readonly environment: FoundEnvironment;
  readonly towards: 'profiles' | 'none';
  readonly strength: number;
  readonly tenantId: string;
  /** Unit prototypes of the labels [c, d]. */
  readonly rows: Float32Array;
  readonly logitScale: number;
  /** Of plain CLIP, which this is where nothing is taken out. */
  readonly scoring: HeadScoring;
};

type Centred = {
  readonly compiled: CompiledHead;
  readonly centre: Float32Array | undefined;
  readonly environment: ReturnType<typeof answerOf>;
};

/** Too few samples: the profile has fewer than 16 pictures, and there is no other to lean on. */
export async function centrePlainClip(
  { environment, towards, strength, tenantId, rows, logitScale, scoring }: Question,
  environments: Pick<EnvironmentCache, 'meanOfOthers'>,
  nowMs: number,
): Promise<Result<Centred, AppError<'too-few-samples'>>> {
  const dimension = environment.sum.length;
  if (rows.length === dimension) {
    // Of one label there is nothing to tell apart.
    const compiled = plainHead(rows, dimension, logitScale, scoring);
    return ok({ compiled, centre: undefined, environment: answerOf(environment, undefined) });
  }
  const reference =
    towards === 'none' || environment.isSource
      ? undefined
      : await environments.meanOfOthers(tenantId, environment.model, environment.name, nowMs);
  if (reference === undefined && environment.pictures < leastUnshrunk) {
    const detail =
      `The profile of ${environment.name} has ${environment.pictures} pictures; without a projection or other profiles ` +
      `to compare it with, ${leastUnshrunk} are needed.`;
    return err(appError('too-few-samples', detail));
  }
  const prototypes = centreLabels(rows, dimension);
  normaliseRows(prototypes, dimension);
  const centre = targetMean(environment, reference, strength);
  return ok({
    compiled: plainHead(prototypes, dimension, logitScale),
    centre,
    environment: answerOf(environment, { centre, skewed: false }),
  });
}
