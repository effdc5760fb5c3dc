// What a route asks of its caller.

import type { Scope } from '#shared/contracts/tenant.ts';

/** The administrator's secret alone; or that, or the lesser one which reads metrics. */
export type OperatorScope = 'admin' | 'metrics';

/** One scope of a key, any one of several, a secret of the operator's, or nothing at all. */
export type RouteScope = Scope | readonly Scope[] | OperatorScope | 'public';

export function isForOperator(scope: RouteScope): scope is OperatorScope {
  return scope === 'admin' || scope === 'metrics';
}
