// Whether a known caller may use a route. Runs after authentication and before anything that costs.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { RouteScope } from '../route.ts';
import type { Caller } from './authenticate.ts';

export function requireScope(caller: Caller | undefined, scope: RouteScope): Result<undefined, AppError> {
  if (scope === 'public' || scope === 'admin' || caller?.kind !== 'tenant') return ok(undefined);
  const wanted = typeof scope === 'string' ? [scope] : scope;
  if (wanted.some((one) => caller.key.scopes.includes(one))) return ok(undefined);
  return err(appError('missing-scope', `This route needs a key with the scope ${wanted.join(' or ')}.`));
}
