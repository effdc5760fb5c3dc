// How a profile looks to a projection: whether it shows enough classes, and how far its mean lies from each source's, in
// standard errors of a mean of as many pictures, along what a head keeps and along what it drops.

import type { AppError } from '#shared/app-error.ts';
import type { EnvironmentFit } from '#shared/contracts/environment.ts';
import { meanDistance } from '#shared/math/answer/drift.ts';
import { ok, type Result } from '#shared/result.ts';
import type { ReadyHead, ReadyProjection } from '../cache/ready-projection.ts';
import type { EnvironmentStore } from '../stores/environment-store.ts';
import { applyProfile, checkModel, type ProfileMemory } from './apply-profile.ts';
import type { Asking } from './asking.ts';
import type { FoundEnvironment } from './find-environment.ts';

const scaled: ReadonlySet<string> = new Set(['soft', 'gevd']);

/** Whether the rows of such a P are not orthonormal, and divide no length in two. */
export function scalesDirections(estimator: string): boolean {
  return scaled.has(estimator);
}

type HeadFit = EnvironmentFit['heads'][number];

export async function describeFit(
  environment: FoundEnvironment,
  projection: ReadyProjection,
  asking: Pick<Asking, 'tenantId' | 'nowMs' | 'beforeWork'>,
  sources: {
    readonly profileMemory: ProfileMemory;
    readonly environmentStore: Pick<EnvironmentStore, 'findWhole'>;
  },
): Promise<Result<EnvironmentFit, AppError<'model-mismatch' | 'busy'>>> {
  const fits = checkModel(environment, projection.header.model);
  if (!fits.ok) return fits;
  const heads: HeadFit[] = [];
  for (const head of projection.heads) {
    const mode = head.profiled;
    const isUsed = mode?.centred === true && environment.pictures > 0;
    const meeting = { projection, head, environment, strength: 1 };
    const found = isUsed ? await applyProfile(meeting, mode, asking, sources) : ok(undefined);
    if (!found.ok) return found;
    const applied = found.value;
    heads.push({
      head: head.head,
      mode: isUsed ? 'profiled' : 'unused',
      ...(applied?.answeredClasses === undefined ? {} : { answeredClasses: applied.answeredClasses }),
      ...(applied?.expectedClasses === undefined ? {} : { sourceClasses: applied.expectedClasses }),
      skewed: applied?.skewed ?? false,
      distances: distancesOf(environment, projection, head),
    });
  }
  const { id, name, version } = projection;
  return ok({ projection: { id, name, version }, heads });
}

/** None where the projection does not know how its sources' pictures spread. */
function distancesOf(
  { pictures, sum }: FoundEnvironment,
  { header, sources }: ReadyProjection,
  head: ReadyHead,
): HeadFit['distances'] {
  const mode = head.profiled ?? head.unprofiled;
  const variances = mode.variances;
  if (sources === undefined || variances === undefined || pictures === 0) return [];
  const dimension = header.embeddingDimension;
  return header.source.environments.map(({ name, pictures: sourcePictures }, index) => {
    const from = sources.means.subarray(index * dimension, (index + 1) * dimension);
    const difference = Float32Array.from(from, (value, i) => (sum[i] as number) / pictures - value);
    const kept = mode.compiled.projection?.(difference);
    const share = 1 / pictures + 1 / Math.max(1, sourcePictures);
    const own = variances.subarray(index * dimension, (index + 1) * dimension);
    const distance = meanDistance(difference, kept, own, share);
    // Rows that are not orthonormal do not divide a length in two.
    const { dropped, ...along } = distance;
    return scalesDirections(mode.estimator) || dropped === undefined
      ? { source: name, ...along }
      : { source: name, ...along, dropped };
  });
}
