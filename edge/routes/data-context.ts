// What data routes hand to their use cases, made from a request's context.

import { acceptTraceparent } from '#shared/trace-context.ts';
import type { CallContext } from '../clients/worker-call.ts';
import { headSources } from '../head-sources.ts';
import type { TenantCaller } from '../http/middleware/authenticate.ts';
import type { HandlerContext } from '../http/route.ts';
import type { Services } from '../services.ts';
import type { Act } from '../use-cases/audit.ts';
import type { ClassifySources } from '../use-cases/classify.ts';
import type { AskingForPictures } from '../use-cases/hold-pictures.ts';

export type TenantContext = HandlerContext<TenantCaller, unknown>;

/** A class, because an accessor in an object literal is defined anew for every request. */
class RequestCall implements CallContext {
  readonly lane = 'interactive';
  readonly requestId: string;
  readonly tenant: NonNullable<CallContext['tenant']>;
  readonly #context: TenantContext;

  constructor(context: TenantContext) {
    const { id, limits } = context.caller.tenant;
    this.requestId = context.requestId;
    this.tenant = { id, weight: limits.weight };
    this.#context = context;
  }

  /** Looked up when a worker is called; what is answered from memory never does. */
  get traceparent(): string | undefined {
    return acceptTraceparent(this.#context.header('traceparent'));
  }

  /** Made by the runtime when asked for. */
  get signal(): AbortSignal {
    return this.#context.signal();
  }
}

export function askingOf(context: TenantContext): AskingForPictures {
  const { caller, services, nowMs, waitUntil, share } = context;
  const { tenant } = caller;
  return {
    tenantId: tenant.id,
    nowMs,
    later: waitUntil,
    context: new RequestCall(context),
    timing: context.timing,
    charge: (amounts, work, options) =>
      services.quota.charge(tenant, amounts, nowMs, (refused) => share.whileAway(() => work(refused)), {
        ...options,
        later: waitUntil,
      }),
    count: (counter, amount) => services.usageRecorder.count(tenant.id, counter, amount, nowMs),
    beforeWork: (ms) => share.beforeWork(ms),
    share,
  };
}

const madeSources = new WeakMap<Services, ClassifySources>();

/** Made once an isolate. */
export function embedSources({ services }: TenantContext): ClassifySources {
  const known = madeSources.get(services);
  if (known !== undefined) return known;
  const sources: ClassifySources = {
    watch: services.watchRecorder,
    ...headSources(services),
    embeddings: services.embeddings,
    items: services.items,
    objects: services.objects,
    worker: services.worker,
    maxPictureBytes: services.maxPictureBytes,
    askShadow: services.askShadow,
  };
  madeSources.set(services, sources);
  return sources;
}

/** Who does what is written down. */
export function actOf({
  caller,
  requestId,
  nowMs,
}: {
  readonly caller: TenantCaller;
  readonly requestId: string;
  readonly nowMs: number;
}): Act {
  return { actor: caller.key.id, requestId, nowMs };
}

export function jobSources({ services, header, caller }: TenantContext) {
  const keyId = caller.key.id;
  return { ...services, keyId, traceparent: acceptTraceparent(header('traceparent')) };
}
