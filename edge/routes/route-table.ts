// Every route of the edge. What is not here does not exist: the app, the OpenAPI document, `npm run routes` and the
// authorisation tests all read this list.

import type { Route } from '../route.ts';
import { healthRoutes } from './health.ts';

export const routeTable: readonly Route[] = [...healthRoutes];
