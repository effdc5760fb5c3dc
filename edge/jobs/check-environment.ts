// Whether a job's projection can answer with the environment that it is asked for. Looked at when the job is asked for, so that a
// name that is not there fails before a job is made of it.

import type { AppError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EnvironmentCache } from '../cache/environment-cache.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import { checkModel } from '../use-cases/apply-profile.ts';
import {
  type FoundEnvironment,
  findEnvironment,
  fittedBeforeProfiles,
} from '../use-cases/find-environment.ts';
import { inBackground } from '../use-cases/in-background.ts';

/** `undefined` where none is asked for. */
export async function checkEnvironment(
  selector: string | undefined,
  tenantId: string,
  { model, heads }: ProjectionRecord,
  {
    environments,
    projectionCache,
  }: { readonly environments: EnvironmentCache; readonly projectionCache: ProjectionCache },
  nowMs: number,
): Promise<
  Result<FoundEnvironment | undefined, AppError<'not-found' | 'conflict' | 'busy' | 'model-mismatch'>>
> {
  if (selector === undefined || model === undefined) return ok(undefined);
  if (heads?.[0]?.modes === undefined) return err(fittedBeforeProfiles);
  const sources = { environments, projections: projectionCache };
  const found = await findEnvironment(selector, { tenantId, nowMs, later: inBackground }, sources);
  if (!found.ok) return found;
  const fits = checkModel(found.value, model);
  return fits.ok ? found : fits;
}
