// A request on its way through the pipeline, with what has been found out about it.

import type { Services } from '../services.ts';
import type { RequestContext } from './middleware/request-context.ts';
import type { Validator } from './middleware/validate.ts';
import type { Route } from './route.ts';

export type Exchange = {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly services: Services;
  readonly waitUntil: (promise: Promise<unknown>) => void;
};

type PreparedRoute = { readonly route: Route; readonly name: string; readonly validator: Validator };

export type Passage = Exchange & PreparedRoute & { readonly context: RequestContext };
