// Every route of the edge. What is not here does not exist: the app, the OpenAPI document, `npm run routes` and the
// authorisation tests all read this list.

import type { Route } from '../route.ts';
import { adminRoutes } from './admin-tenants.ts';
import { createDocsRoutes } from './docs.ts';
import { healthRoutes } from './health.ts';
import { keyRoutes } from './keys.ts';
import { problemRoutes } from './problems.ts';
import { usageRoutes } from './usage.ts';

const describedRoutes: readonly Route[] = [
  ...keyRoutes,
  ...usageRoutes,
  ...adminRoutes,
  ...healthRoutes,
  ...problemRoutes,
];

export const routeTable: readonly Route[] = [...describedRoutes, ...createDocsRoutes(describedRoutes)];
