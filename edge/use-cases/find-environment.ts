// What a request's `environment` means: a profile of the tenant, or one of a projection's own sources.

import { type AppError, appError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { ProfileMean } from '#shared/math/answer/profile.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EnvironmentCache } from '../cache/environment-cache.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import type { ReadyProjection } from '../cache/ready-projection.ts';
import type { EnvironmentMean } from '../stores/environment-record.ts';
import type { Asking } from './asking.ts';

export type FoundEnvironment = ProfileMean & {
  readonly name: string;
  readonly model: ModelReference;
  /** 0 for a source of a projection. */
  readonly revision: number;
  /** Of a profile of the tenant. */
  readonly id?: string;
  /** Names this very state of it, for caches. */
  readonly key: string;
  /** A source's mean is known well: it is taken as it is, not shrunk towards the sources. */
  readonly isSource: boolean;
};

export type EnvironmentSources = {
  readonly environments: EnvironmentCache;
  readonly projections: ProjectionCache;
};

/** Only what is in memory. */
export function findEnvironmentNow(
  selector: string,
  { tenantId, nowMs }: Pick<Asking, 'tenantId' | 'nowMs'>,
  { environments, projections }: EnvironmentSources,
): FoundEnvironment | undefined {
  const source = parseSource(selector);
  if (source === undefined) {
    const environment = environments.peek(tenantId, selector, nowMs);
    return environment && fromProfile(environment);
  }
  const found = projections.peek(tenantId, source.projection, nowMs);
  return found && fromSource(selector, found.projection, source.name);
}

/** `conflict` for a source of a projection of the first format, or of one that is not ready. */
export async function findEnvironment(
  selector: string,
  asking: Pick<Asking, 'tenantId' | 'nowMs' | 'later'>,
  { environments, projections }: EnvironmentSources,
): Promise<Result<FoundEnvironment, AppError<'not-found' | 'conflict' | 'busy'>>> {
  const { tenantId, later, nowMs } = asking;
  const source = parseSource(selector);
  if (source === undefined) {
    const environment = await environments.get(tenantId, selector, later, nowMs);
    return environment === undefined ? err(noEnvironment) : ok(fromProfile(environment));
  }
  const found = await projections.get(tenantId, source.projection, later, nowMs);
  if (!found.ok) return found;
  if (found.value.projection.sources === undefined) return err(fittedBeforeProfiles);
  const own = fromSource(selector, found.value.projection, source.name);
  return own === undefined ? err(noEnvironment) : ok(own);
}

export const noEnvironment = appError('not-found', 'The tenant has no such environment.');

export const fittedBeforeProfiles = appError(
  'conflict',
  'The projection was fitted before there were environment profiles: refit it, which encodes nothing, to use one.',
);

/** `projection:source`; the first colon divides, since names of projections have none. */
function parseSource(selector: string): { readonly projection: string; readonly name: string } | undefined {
  const colon = selector.indexOf(':');
  return colon === -1 ? undefined : { projection: selector.slice(0, colon), name: selector.slice(colon + 1) };
}

function fromProfile({ id, name, model, pictures, sum, revision }: EnvironmentMean): FoundEnvironment {
  return { id, name, model, pictures, sum, revision, key: `${id} ${revision}`, isSource: false };
}

function fromSource(
  selector: string,
  { id, header, sources }: ReadyProjection,
  name: string,
): FoundEnvironment | undefined {
  const index = header.source.environments.findIndex((environment) => environment.name === name);
  if (index === -1 || sources === undefined) return undefined;
  const dimension = header.embeddingDimension;
  const pictures = header.source.environments[index]?.pictures ?? 0;
  const mean = sources.means.subarray(index * dimension, (index + 1) * dimension);
  const sum = Float64Array.from(mean, (value) => pictures * value);
  return {
    name: selector,
    model: header.model,
    pictures,
    sum,
    revision: 0,
    key: `${id}:${index}`,
    isSource: true,
  };
}
