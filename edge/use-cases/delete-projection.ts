// Takes a version away, with what was exported of it and the statistics that no other needs.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import type { StatisticsFiles } from '../stores/statistics-files.ts';

type DeleteSources = {
  readonly projections: Pick<ProjectionStore, 'countReady' | 'remove'>;
  readonly projectionCache: Pick<ProjectionCache, 'forget'>;
  readonly statistics: Pick<StatisticsFiles, 'remove'>;
  readonly objects: Pick<ObjectStore, 'removePrefix'>;
};

/** Not while it is fitted, nor where its name means it while there are other versions to mean. */
export async function deleteProjection(
  tenantId: string,
  projection: ProjectionRecord,
  { projections, projectionCache, statistics, objects }: DeleteSources,
  nowMs: number,
): Promise<Result<true, AppError<'conflict'>>> {
  const { id, name, version, current, status, jobId } = projection;
  if (status === 'fitting' && jobId !== undefined) {
    return err(appError('conflict', 'The projection is being fitted: cancel its job first.'));
  }
  if (current && (await projections.countReady(tenantId, name)) > 1) {
    const detail = `${name} means version ${version}: point the alias at another version first.`;
    return err(appError('conflict', detail));
  }
  const unused = await projections.remove(tenantId, id, nowMs);
  // After the row: from here on nobody finds it, whatever still holds its bytes.
  await Promise.all([
    projectionCache.forget(tenantId, [id]),
    statistics.remove(unused),
    objects.removePrefix(objectKeys.exports(tenantId, id)),
  ]);
  return ok(true);
}
