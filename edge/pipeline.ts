// The one way a request takes through a route: who, may they, how often, what exactly, then the handler. Each stage is
// a function of middleware/ that answers a Result; this file alone knows their order, and turns results to responses.

import type { AppError } from '#shared/app-error.ts';
import type { Bytes } from '#shared/digest.ts';
import type { Result } from '#shared/result.ts';
import { authenticate, type Caller } from './middleware/authenticate.ts';
import { bugResponse, errorResponse } from './middleware/error-response.ts';
import { onlyOnce, parseIdempotencyKey } from './middleware/idempotency.ts';
import { applyLimits } from './middleware/rate-limit.ts';
import { BodyTooLarge, declaredLength, payloadTooLarge, readBytes } from './middleware/read-body.ts';
import { createRequestContext, type RequestContext } from './middleware/request-context.ts';
import { requireScope } from './middleware/require-scope.ts';
import { finish } from './middleware/response-headers.ts';
import { createValidator, type Validator } from './middleware/validate.ts';
import { type Reply, type Route, routeName } from './route.ts';
import type { Services } from './services.ts';

export type Exchange = {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly services: Services;
  readonly waitUntil: (promise: Promise<unknown>) => void;
};

type PreparedRoute = { readonly route: Route; readonly name: string; readonly validator: Validator };
type Answer = { readonly response: Response; readonly caller: Caller | undefined };

/** Prepares a route once; what comes back answers its requests and never throws. */
export function prepareRoute(route: Route): (exchange: Exchange) => Promise<Response> {
  const prepared = { route, name: routeName(route), validator: createValidator(route) };
  return async (exchange) => {
    const context = createRequestContext(exchange.request);
    const { response, caller } = await answer(prepared, exchange, context);
    if (caller?.kind === 'tenant') recordUse(prepared, exchange, caller, response.status, context.nowMs);
    return finish(response, exchange.request, context, exchange.services.settings.environment);
  };
}

async function answer(prepared: PreparedRoute, exchange: Exchange, context: RequestContext): Promise<Answer> {
  let caller: Caller | undefined;
  try {
    const { settings, verifier } = exchange.services;
    const known = await authenticate(
      exchange.request,
      prepared.route.scope,
      { verifier, adminSecret: settings.adminSecret },
      context.nowMs,
    );
    if (!known.ok) return { response: errorResponse(known.error, context.requestId), caller };
    caller = known.value;
    return { response: await serve(prepared, exchange, context, caller), caller };
  } catch (thrown) {
    const where = { requestId: context.requestId, route: prepared.name };
    const response =
      thrown instanceof BodyTooLarge
        ? errorResponse(payloadTooLarge(prepared.validator.maxBodyBytes), context.requestId)
        : bugResponse(thrown, where);
    return { response, caller };
  }
}

async function serve(
  prepared: PreparedRoute,
  exchange: Exchange,
  context: RequestContext,
  caller: Caller | undefined,
): Promise<Response> {
  const permitted = requireScope(caller, prepared.route.scope);
  if (!permitted.ok) return errorResponse(permitted.error, context.requestId);
  if (caller?.kind !== 'tenant') return performOnce(prepared, exchange, context, caller);
  const limits = await applyLimits(caller, exchange.services, context.nowMs);
  const response =
    limits.refusal === undefined
      ? await performOnce(prepared, exchange, context, caller)
      : errorResponse(limits.refusal, context.requestId);
  for (const name in limits.headers) response.headers.set(name, limits.headers[name] ?? '');
  return response;
}

/** The handler's answer, or on a creating route with an `Idempotency-Key` the one kept from before. */
async function performOnce(
  prepared: PreparedRoute,
  exchange: Exchange,
  context: RequestContext,
  caller: Caller | undefined,
): Promise<Response> {
  const { request, services } = exchange;
  const { maxBodyBytes } = prepared.validator;
  if ((declaredLength(request) ?? 0) > maxBodyBytes) {
    return errorResponse(payloadTooLarge(maxBodyBytes), context.requestId);
  }
  const header = prepared.route.creates ? request.headers.get('idempotency-key') : null;
  if (header === null || caller === undefined) {
    return respond(await perform(prepared, exchange, context, caller, undefined), context);
  }
  const key = parseIdempotencyKey(header);
  if (!key.ok) return errorResponse(key.error, context.requestId);
  const body = await readBytes(request, maxBodyBytes);
  if (!body.ok) return errorResponse(body.error, context.requestId);
  const identity = {
    owner: caller.kind === 'tenant' ? caller.tenant.id : caller.kind,
    route: prepared.name,
    key: key.value,
    url: request.url,
    contentType: request.headers.get('content-type') ?? '',
    body: body.value,
    nowMs: context.nowMs,
  };
  const collaborators = { store: services.idempotency, pepper: services.settings.keyPepper };
  const answered = onlyOnce(identity, collaborators, async () =>
    respond(await perform(prepared, exchange, context, caller, body.value), context),
  );
  // A caller who goes away must not leave the work half done and its key claimed.
  exchange.waitUntil(answered.catch(() => undefined));
  const answer = await answered;
  return answer.ok ? answer.value : errorResponse(answer.error, context.requestId);
}

async function perform(
  { route, validator }: PreparedRoute,
  exchange: Exchange,
  context: RequestContext,
  caller: Caller | undefined,
  bytes: Bytes | undefined,
): Promise<Result<Reply, AppError>> {
  const { request, params, services, waitUntil } = exchange;
  const input = await validator.parse({ request, params, bytes });
  if (!input.ok) return input;
  return route.handler({
    input: input.value,
    caller,
    services,
    requestId: context.requestId,
    timing: context.timing,
    nowMs: context.nowMs,
    signal: request.signal,
    origin: originOf(request.url),
    header: (name) => request.headers.get(name) ?? undefined,
    waitUntil,
  });
}

function respond(result: Result<Reply, AppError>, { requestId }: RequestContext): Response {
  if (!result.ok) return errorResponse(result.error, requestId);
  const reply = result.value;
  const headers = new Headers(reply.headers);
  if (!('json' in reply)) return new Response(reply.body ?? null, { status: reply.status, headers });
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify(reply.json), { status: reply.status, headers });
}

function recordUse(
  { name }: PreparedRoute,
  { services, waitUntil }: Exchange,
  caller: Extract<Caller, { kind: 'tenant' }>,
  status: number,
  nowMs: number,
): void {
  const { tenant, key } = caller;
  services.usageRecorder.request({ tenantId: tenant.id, keyId: key.id, route: name, status, nowMs });
  services.usageRecorder.scheduleFlush(waitUntil);
}

function originOf(url: string): string {
  return url.slice(0, url.indexOf('/', 'https://'.length));
}
