// The one way a request takes through a route: who, may they, how often, what exactly, then the handler. Each stage is a
// function that answers a Result or a draft; this file alone knows their order.

import { type AppError, appError } from '#shared/app-error.ts';
import type { PaceKind } from '../limits/pace.ts';
import { refusalOf } from '../limits/room.ts';
import { requestCounter } from '../metrics/counters.ts';
import { BodyFault, payloadTooLarge } from './body/body-fault.ts';
import { declaredLength } from './body/body-headers.ts';
import { drainBody } from './body/drain-body.ts';
import { authenticate, type Caller, requireScope, type TenantCaller } from './middleware/authenticate.ts';
import { bugDraft, type Draft, draftOf, errorDraft } from './middleware/draft.ts';
import { asOpenAiError, isOpenAiClient } from './middleware/openai-error.ts';
import { type LimitOutcome, limitDay, limitRate } from './middleware/rate-limit.ts';
import { createRequestContext } from './middleware/request-context.ts';
import { finish } from './middleware/response-headers.ts';
import { addressOf, seeOff } from './middleware/see-off.ts';
import { createValidator } from './middleware/validate.ts';
import type { Exchange, Passage } from './passage.ts';
import { performOnce } from './perform-once.ts';
import { type Route, routeName } from './route.ts';
import { runHandler } from './run-handler.ts';

/** Prepares a route once; what comes back answers its requests and never throws. */
export function prepareRoute(route: Route): (exchange: Exchange) => Promise<Response> {
  const prepared = { route, name: routeName(route), validator: createValidator(route) };
  const countRequest = requestCounter(prepared.name);
  return async (exchange) => {
    const context = createRequestContext(exchange.request);
    const { draft: answered, tenantId } = await answer({ ...exchange, ...prepared, context });
    const isForOpenAi =
      answered.status >= 400 && route.openAiErrors === true && isOpenAiClient(exchange.request);
    const draft = isForOpenAi ? asOpenAiError(answered) : answered;
    if (draft.status >= 400) await seeOff(exchange, { status: draft.status, tenantId }, context.nowMs);
    // A body that the route has no use for: unread, it would cost the caller the connection.
    else if (!exchange.request.bodyUsed) await drainBody(exchange.request).catch(() => undefined);
    countRequest(draft.status);
    exchange.services.metrics.scheduleFlush(exchange.waitUntil);
    return finish(draft, exchange.request, context, exchange.services.settings.environment);
  };
}

/** `tenantId`: whose the request was, where that was found out. */
type Answered = { readonly draft: Draft; readonly tenantId?: string };

async function answer(passage: Passage): Promise<Answered> {
  const { request, route, services, context } = passage;
  let tenantId: string | undefined;
  try {
    const collaborators = {
      verifier: services.verifier,
      adminSecret: services.settings.adminSecret,
      metricsSecret: services.settings.metricsSecret,
      isSpent: () => services.refusals.isSpent(addressOf(request), context.nowMs),
    };
    // What is known at once is not awaited, here and below: a pause costs more than most of what is looked up.
    const asked = authenticate(request, route.scope, collaborators, context.nowMs);
    const caller = asked instanceof Promise ? await asked : asked;
    if (!caller.ok) return { draft: errorDraft(caller.error, context.requestId) };
    if (caller.value?.kind !== 'tenant') return { draft: await perform(passage, caller.value) };
    tenantId = caller.value.tenant.id;
    const admitting = admit(passage, caller.value);
    const limits = admitting instanceof Promise ? await admitting : admitting;
    const draft =
      limits.refusal === undefined
        ? await perform(passage, caller.value)
        : errorDraft(limits.refusal, context.requestId);
    Object.assign(draft.headers, limits.headers);
    recordUse(passage, caller.value, draft.status);
    return { draft, tenantId };
  } catch (thrown) {
    return { draft: failureDraft(thrown, passage), ...(tenantId === undefined ? {} : { tenantId }) };
  }
}

/** What was thrown on the way, as an answer: a fault of the body, a caller who has gone, or a bug, which alone is logged. */
function failureDraft(thrown: unknown, { request, context, name }: Passage): Draft {
  if (thrown instanceof BodyFault) return errorDraft(thrown.appError, context.requestId);
  if (request.signal.aborted) return errorDraft(callerGone, context.requestId);
  const full = refusalOf(thrown);
  if (full !== undefined) return errorDraft(full, context.requestId);
  return bugDraft(thrown, { requestId: context.requestId, route: name });
}

const callerGone = appError('malformed-request', 'The caller has gone before the answer was there.');

/** The rate first, then the scope, and the day's quota last: what may not be done does not use it up. */
function admit(
  { route, services, context }: Passage,
  caller: TenantCaller,
): LimitOutcome | Promise<LimitOutcome> {
  const permit = (refused: LimitOutcome | undefined) => {
    if (refused !== undefined) return refused;
    const permitted = requireScope(caller, route.scope);
    return permitted.ok
      ? limitDay(caller, services, context.nowMs)
      : { headers: {}, refusal: permitted.error };
  };
  const rate = limitRate(caller, services, context.nowMs);
  return rate instanceof Promise ? rate.then(permit) : permit(rate);
}

/** The handler's answer, or on a creating route with an `Idempotency-Key` the one kept from before. */
async function perform(passage: Passage, caller: Caller | undefined): Promise<Draft> {
  const { services, request, route, context } = passage;
  const share =
    caller?.kind === 'tenant'
      ? services.shares.ofTenant(caller.tenant, paceKindOf(route), () => request.signal)
      : services.shares.ofOther(caller?.kind ?? '');
  try {
    const declared = declaredLength(request);
    const looked = refusalUnread(passage, caller, declared);
    const refusal = looked instanceof Promise ? await looked : looked;
    if (refusal !== undefined) return errorDraft(refusal, context.requestId);
    const idempotencyKey = route.creates === true ? request.headers.get('idempotency-key') : null;
    if (idempotencyKey !== null && caller !== undefined) {
      return await performOnce(passage, caller, share, idempotencyKey);
    }
    const body = { bytes: undefined, declared };
    return draftOf(await runHandler(passage, caller, share, body), context.requestId);
  } finally {
    share.close();
  }
}

const madeByJobs = new Set<Route['adds']>(['batches', 'evaluations', 'projections']);

function paceKindOf({ method, frequent, adds }: Route): PaceKind {
  if (frequent === true) return 'pictures';
  if (madeByJobs.has(adds)) return 'jobs';
  return method === 'GET' ? 'reads' : 'changes';
}

/** What can be told before the body is read. */
function refusalUnread(
  passage: Passage,
  caller: Caller | undefined,
  declared: number | undefined,
): AppError | undefined | Promise<AppError | undefined> {
  const { route, validator } = passage;
  if ((declared ?? 0) > validator.maxBodyBytes) return payloadTooLarge(validator.maxBodyBytes);
  const permitted = route.permits?.(caller);
  if (permitted?.ok === false) return permitted.error;
  return keepsMore(route) && caller?.kind === 'tenant' ? noRoomFor(passage, caller) : undefined;
}

function keepsMore({ adds, grows, creates }: Route): boolean {
  return adds !== undefined || grows === true || creates === true;
}

/** Asked before the body is read, and only where something would be kept. */
async function noRoomFor(
  { route, services, context }: Passage,
  { tenant }: TenantCaller,
): Promise<AppError | undefined> {
  return services.room.refusal(tenant.id, route.adds, context.nowMs);
}

function recordUse(
  { services, name, waitUntil, context }: Passage,
  caller: TenantCaller,
  status: number,
): void {
  const { tenant, key } = caller;
  const use = { tenantId: tenant.id, keyId: key.id, route: name, status, nowMs: context.nowMs };
  services.usageRecorder.request(use);
  services.usageRecorder.scheduleFlush(waitUntil);
}
