// What a route is: one value with its method, scope, contract and handler. The pipeline (pipeline.ts), the OpenAPI
// document, the table of scopes and the authorisation tests are all made from these values, so none can drift.

import type { z } from 'zod';
import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import type { RequestShare } from '../limits/request-share.ts';
import type { Services } from '../services.ts';
import type { CountedKind } from '../stores/room-store.ts';
import type { Timing } from '../timing.ts';
import type { RawBody } from './body/raw-body.ts';
import type { AdminCaller, MetricsCaller, TenantCaller } from './middleware/authenticate.ts';
import type { OperatorScope, RouteScope } from './route-scope.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One documented answer. Without a schema the body is not JSON: empty, or of `contentType`. */
export type ResponseSpec = {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly contentType?: string;
  readonly example?: unknown;
};

type Headers_ = Readonly<Record<string, string>>;

/** What a handler answers: JSON by the route's own contract, or bytes, or nothing. */
export type Reply<Responses extends Record<number, ResponseSpec> = Record<number, ResponseSpec>> = {
  [Status in keyof Responses & number]: Responses[Status] extends { schema: infer Schema extends z.ZodType }
    ? { readonly status: Status; readonly json: z.output<Schema>; readonly headers?: Headers_ }
    : { readonly status: Status; readonly body?: BodyInit; readonly headers?: Headers_ };
}[keyof Responses & number];

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export type RouteInput<Params, Query, Body, Raw> = {
  readonly params: Output<Params>;
  readonly query: Output<Query>;
  /** The parsed JSON body; `undefined` where the caller sent one of the route's raw content types. */
  readonly body: Raw extends readonly string[] ? Output<Body> | undefined : Output<Body>;
  readonly raw: Raw extends readonly string[] ? RawBody | undefined : undefined;
};

export type CallerOf<S extends RouteScope> = S extends 'public'
  ? undefined
  : S extends 'admin'
    ? AdminCaller
    : S extends 'metrics'
      ? AdminCaller | MetricsCaller
      : TenantCaller;

export type HandlerContext<Caller, Input> = {
  readonly input: Input;
  /** `{tenant, key}` for a tenant's key. */
  readonly caller: Caller;
  readonly services: Services;
  readonly requestId: string;
  readonly timing: Timing;
  readonly nowMs: number;
  /** Aborts when the client goes away. */
  readonly signal: () => AbortSignal;
  readonly header: (name: string) => string | undefined;
  readonly waitUntil: (promise: Promise<unknown>) => void;
  /** What it may take of its isolate. */
  readonly share: RequestShare;
};

/** How a request may fail by what its route is made of, whatever the handler does. */
export const impliedErrors = {
  /** Of a route for a tenant's key. */
  tenant: ['missing-scope', 'tenant-suspended', 'rate-limited', 'quota-exceeded', 'busy'],
  params: ['not-found', 'invalid-request'],
  query: ['invalid-request'],
  body: ['malformed-request', 'payload-too-large', 'unsupported-media-type', 'invalid-request', 'busy'],
  creates: ['malformed-request', 'idempotency-conflict', 'conflict'],
} as const satisfies Record<string, readonly AppErrorCode[]>;

type ImpliedError<Part extends keyof typeof impliedErrors> = (typeof impliedErrors)[Part][number];

/** What a handler may answer without its route listing it. */
type Implied<S, Params, Query, Body, Raw, Creates> =
  | (S extends 'public' | OperatorScope ? never : ImpliedError<'tenant'>)
  | (Params extends z.ZodType ? ImpliedError<'params'> : never)
  | (Query extends z.ZodType ? ImpliedError<'query'> : never)
  | (Body extends z.ZodType ? ImpliedError<'body'> : never)
  | (Raw extends readonly string[] ? ImpliedError<'body'> : never)
  | (Creates extends true ? ImpliedError<'creates'> : never);

type RouteDefinition<
  S extends RouteScope,
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
  Raw extends readonly string[] | undefined,
  Responses extends Record<number, ResponseSpec>,
  Creates extends boolean,
  Errors extends readonly AppErrorCode[],
> = {
  readonly method: Method;
  /** Hono's form: `/v1/keys/:key`. */
  readonly path: `/${string}`;
  readonly scope: S;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly params?: Params;
  readonly query?: Query;
  /** A JSON body. */
  readonly body?: Body;
  /** An absent body counts as `{}`. */
  readonly bodyOptional?: boolean;
  readonly bodyExample?: unknown;
  /** Content types besides JSON, as `image/*` or whole; the handler reads `input.raw` itself. */
  readonly raw?: Raw;
  readonly responses: Responses;
  /** Failures of this route beyond those that its shape implies: the compiler asks for all that the handler's type has. */
  readonly errors?: Errors;
  /** A POST that makes something: `Idempotency-Key` applies. */
  readonly creates?: Creates;
  /** Clients of OpenAI's get errors in the shape that they read. */
  readonly openAiErrors?: true;
  /** What one more of is made; a tenant has at most so many (limits/room.ts). */
  readonly adds?: CountedKind;
  /** It adds rows, though nothing that is counted so. */
  readonly grows?: true;
  /** Asked for picture by picture, and paced by the plan alone (limits/pace.ts). */
  readonly frequent?: true;
  /** Whether this caller may do it now, also where the answer is known from before. */
  readonly permits?: (caller: CallerOf<S>) => Result<undefined, AppError>;
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Of a JSON body, where it may be less than another. */
  readonly maxJsonBytes?: number;
  readonly handler: (
    context: HandlerContext<CallerOf<S>, RouteInput<Params, Query, Body, Raw>>,
  ) => Promise<
    Result<Reply<Responses>, AppError<Implied<S, Params, Query, Body, Raw, Creates> | Errors[number]>>
  >;
};

/** A route with its types forgotten, as the pipeline and the documents see it. */
export type Route = {
  readonly method: Method;
  readonly path: string;
  readonly scope: RouteScope;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly params?: z.ZodObject | undefined;
  readonly query?: z.ZodObject | undefined;
  readonly body?: z.ZodType | undefined;
  readonly bodyOptional?: boolean;
  readonly bodyExample?: unknown;
  readonly raw?: readonly string[] | undefined;
  readonly responses: Record<number, ResponseSpec>;
  readonly errors?: readonly AppErrorCode[];
  readonly creates?: boolean;
  /** Clients of OpenAI's get errors in the shape that they read. */
  readonly openAiErrors?: true;
  readonly adds?: CountedKind;
  readonly grows?: true;
  readonly frequent?: true;
  readonly permits?: (caller: unknown) => Result<undefined, AppError>;
  readonly maxBodyBytes?: number;
  readonly maxJsonBytes?: number;
  readonly handler: (context: HandlerContext<unknown, unknown>) => Promise<Result<Reply, AppError>>;
};

/**
 * Fixes the types of one route. The pipeline is what makes the context fit them. Declare its schemas as constants:
 * inference of the handler's answer gives up on schemas built in place.
 */
export function defineRoute<
  const S extends RouteScope,
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  const Raw extends readonly string[] | undefined = undefined,
  const Responses extends Record<number, ResponseSpec> = Record<number, ResponseSpec>,
  const Creates extends boolean = false,
  const Errors extends readonly AppErrorCode[] = [],
>(definition: RouteDefinition<S, Params, Query, Body, Raw, Responses, Creates, Errors>): Route {
  return definition as unknown as Route;
}

/** The route's name in logs, usage and idempotency: `POST /v1/keys`. */
export function routeName(route: Pick<Route, 'method' | 'path'>): string {
  return `${route.method} ${route.path}`;
}

export function scopesOf({ scope }: Pick<Route, 'scope'>): readonly string[] {
  return typeof scope === 'string' ? [scope] : scope;
}
