// What one request may take of its isolate: bytes of bodies (byte-budget.ts), and a place among the requests of its tenant that are
// at work at once (clients/turns.ts). A place is asked for once the body has been read, so that a slow connection holds none, and before
// anything is parsed, looked up or asked of a worker.
//
// A tenant that is alone in the isolate may have nearly any number at work; it is while others are there too that its further
// requests wait in line, the large ones in a line of their own.

import { type AppError, appError } from '#shared/app-error.ts';
import { sleep } from '#shared/sleep.ts';
import { giveWay } from '../clients/breathe.ts';
import type { Leave, Turns } from '../clients/turns.ts';
import { type ByteAllowance, type ByteBudget, createByteBudget, isolateBodies } from './byte-budget.ts';
import { createPace, type PacedTenant, type PaceKind } from './pace.ts';
import { createServedLately } from './served-lately.ts';

export type RequestShare = ByteAllowance & {
  /** Before work on a body of so many bytes; may be asked again. The refusal: too many of this tenant wait. */
  readonly enter: (bodyBytes: number) => Promise<AppError<'busy'> | undefined> | undefined;
  /** Gives the place to another request of the tenant while a worker is waited for, and takes one again afterwards. */
  readonly whileAway: <T>(work: () => Promise<T>) => Promise<T>;
  /** Before so many bytes go out from storage. The refusal: too many of this tenant wait. */
  readonly send: (bytes: number) => Promise<AppError<'busy'> | undefined>;
  /** Before work that will take the isolate's thread for so many ms, about (thread-work.ts). The refusal: as of `send`. */
  readonly beforeWork: (ms: number) => Promise<AppError<'busy'> | undefined> | undefined;
  /** Before each step of its kind, in turn with the tenant's others; `undefined` where the wait was too long. */
  readonly turn: (kind: StepKind) => Promise<Leave | undefined>;
};

/** Of one tenant at once, while others are served too and alone: one request may have hundreds of steps. */
const steps = {
  /** As many as a worker fetches for one tenant. */
  fetch: { shared: 6, alone: 6, waitMs: 30_000 },
  lookUp: { shared: 6, alone: 64, waitMs: 10_000 },
  write: { shared: 4, alone: 16, waitMs: 20_000 },
  /** The rest of a packed body: it is megabytes made of kilobytes, and as many again of garbage. */
  unpack: { shared: 2, alone: 8, waitMs: 10_000 },
} as const;
export type StepKind = keyof typeof steps;
const storageSteps: ReadonlySet<StepKind> = new Set<StepKind>(['lookUp', 'write']);
const maxWaitingSteps = 4096;

export type RequestShares = {
  /** `signal` aborts where the caller leaves. */
  readonly ofTenant: (tenant: PacedTenant, kind: PaceKind, signal: () => AbortSignal) => RequestShare;
  /** Of nobody or the operator: nothing waits. */
  readonly ofOther: (owner: string) => RequestShare;
  /** Before work of so many ms for a tenant's job: in line with its requests' while others are served, refused never. */
  readonly beforeJobWork: (
    tenant: Pick<PacedTenant, 'id'> & { readonly weight: number },
    ms: number,
  ) => Promise<void>;
};

type Options = {
  readonly bodies: ByteBudget;
  readonly turns: Turns;
  readonly now: () => number;
};

/**
 * From so many bytes of body on a request is large: many pictures, or a photograph. With 256 KiB, 32 at once of 80 kB photographs got
 * through a fourth faster, and the new pictures of a tenant beside them took twice as long (medians of five rounds of 8 s each, on two busy cores).
 */
const largeBytes = 64 * 1024;
/** At work at once for a tenant of weight 1 while others are served too, and for one that is alone. */
export const atWork = { shared: { small: 6, large: 2 }, alone: { small: 256, large: 32 } } as const;
/** Of one tenant, of each kind. A client library opens fewer connections. */
const maxWaiting = 256;
const waitMs = 10_000;
/** Less work is what any request takes, and paced with it. */
const leastWorkMs = 1;
/** Where a tenant's requests and jobs have so much work waiting that no more is counted. */
const longestJobWaitMs = 10_000;

const tooMany = appError(
  'busy',
  'Too many requests of this tenant are under way. Send fewer at once, or this one again in a moment.',
  { retryAfterSeconds: 2 },
);

export function createRequestShares({ bodies, turns, now }: Options): RequestShares {
  const { isAlone, hasOthers } = createServedLately(now);
  const pace = createPace();
  const paceOf = (kind: PaceKind, tenant: PacedTenant) =>
    isAlone(tenant.id) ? 0 : pace.waitFor(kind, tenant, now());
  const paceOfBytes = (bytes: number, tenant: PacedTenant) =>
    isAlone(tenant.id) ? 0 : pace.waitForBytes(bytes, tenant, now());
  const paceOfWork = (ms: number, tenant: PacedTenant) =>
    isAlone(tenant.id) ? 0 : pace.waitForWork(ms, tenant, now());
  const isolate = { bodies, turns, isAlone, paceOf, paceOfBytes, paceOfWork };
  return {
    ofOther: (owner) => ({
      ...bodies.open(owner),
      enter: () => undefined,
      whileAway: (work) => work(),
      send: async () => undefined,
      beforeWork: () => undefined,
      turn: async () => () => undefined,
    }),
    ofTenant: (tenant, kind, signal) => new TenantShare(tenant, kind, signal, isolate),
    async beforeJobWork({ id, weight }, ms) {
      if (!hasOthers(id)) return;
      await sleep(pace.waitForWork(ms, { id, limits: { weight } }, now()) ?? longestJobWaitMs);
    },
  };
}

type Isolate = Pick<Options, 'bodies' | 'turns'> & {
  readonly isAlone: (tenantId: string) => boolean;
  readonly paceOf: (kind: PaceKind, tenant: PacedTenant) => number | undefined;
  readonly paceOfBytes: (bytes: number, tenant: PacedTenant) => number | undefined;
  readonly paceOfWork: (ms: number, tenant: PacedTenant) => number | undefined;
};

/** A class, and nothing made before it is asked for: most requests are small and take a place at once. */
class TenantShare implements RequestShare {
  readonly #tenant: PacedTenant;
  readonly #kind: PaceKind;
  readonly #signal: () => AbortSignal;
  readonly #isolate: Isolate;
  #allowance: ByteAllowance | undefined;
  #leave: Leave | undefined;
  #size: 'small' | 'large' = 'small';
  #isPaced = false;
  #isClosed = false;
  #away = 0;

  constructor(tenant: PacedTenant, kind: PaceKind, signal: () => AbortSignal, isolate: Isolate) {
    this.#tenant = tenant;
    this.#kind = kind;
    this.#signal = signal;
    this.#isolate = isolate;
  }

  #bytes(): ByteAllowance {
    this.#allowance ??= this.#isolate.bodies.open(this.#tenant.id);
    return this.#allowance;
  }

  tryTake(bytes: number): boolean {
    return this.#bytes().tryTake(bytes);
  }

  take(bytes: number): Promise<boolean> {
    return this.#bytes().take(bytes);
  }

  giveBack(bytes: number): void {
    this.#bytes().giveBack(bytes);
  }

  enter(bodyBytes: number): Promise<AppError<'busy'> | undefined> | undefined {
    if (this.#leave !== undefined) return undefined;
    this.#size = bodyBytes < largeBytes ? 'small' : 'large';
    const pauseMs = this.#isPaced ? 0 : this.#isolate.paceOf(this.#kind, this.#tenant);
    this.#isPaced = true;
    if (pauseMs === 0) return this.#takePlace();
    return pauseMs === undefined ? Promise.resolve(tooMany) : this.#takePlaceAfter(pauseMs);
  }

  async #takePlaceAfter(pauseMs: number): Promise<AppError<'busy'> | undefined> {
    await sleep(pauseMs);
    return this.#isClosed ? undefined : this.#takePlace();
  }

  async send(bytes: number): Promise<AppError<'busy'> | undefined> {
    return this.#pause(this.#isolate.paceOfBytes(bytes, this.#tenant));
  }

  beforeWork(ms: number): Promise<AppError<'busy'> | undefined> | undefined {
    if (ms < leastWorkMs) return undefined;
    const pauseMs = this.#isolate.paceOfWork(ms, this.#tenant);
    return pauseMs === 0 ? undefined : this.#pause(pauseMs);
  }

  async #pause(pauseMs: number | undefined): Promise<AppError<'busy'> | undefined> {
    if (pauseMs === undefined) return tooMany;
    // Others of the tenant go on meanwhile.
    if (pauseMs > 0) await this.whileAway(() => sleep(pauseMs));
    return undefined;
  }

  #takePlace(): Promise<AppError<'busy'> | undefined> | undefined {
    const size = this.#size;
    const atOnce = this.#atOnce(atWork.shared[size], atWork.alone[size]);
    const line = { atOnce, maxWaiting, waitMs };
    const entered = this.#isolate.turns.enter(`${size} ${this.#tenant.id}`, line, this.#signal);
    if (typeof entered !== 'function') return this.#waitFor(entered);
    this.#leave = entered;
    return undefined;
  }

  #atOnce(shared: number, alone: number): number {
    const { id, limits } = this.#tenant;
    return this.#isolate.isAlone(id) ? alone : Math.min(shared * limits.weight, alone);
  }

  async #waitFor(entered: Promise<Leave | undefined> | undefined): Promise<AppError<'busy'> | undefined> {
    this.#leave = await entered;
    return this.#leave === undefined ? tooMany : undefined;
  }

  async whileAway<T>(work: () => Promise<T>): Promise<T> {
    this.#away += 1;
    this.#leave?.();
    this.#leave = undefined;
    try {
      return await work();
    } finally {
      await this.#comeBack();
    }
  }

  async #comeBack(): Promise<void> {
    this.#away -= 1;
    if (this.#away > 0 || this.#isClosed) return;
    // What has been worked on is answered, also where the line is too long by now.
    await this.#takePlace();
    if (this.#isClosed) this.#leave?.();
  }

  async turn(kind: StepKind): Promise<Leave | undefined> {
    const { shared, alone, waitMs: stepWaitMs } = steps[kind];
    const line = {
      atOnce: this.#atOnce(shared, alone),
      maxWaiting: maxWaitingSteps,
      waitMs: stepWaitMs,
    };
    const leave = await this.#isolate.turns.enter(`${kind} ${this.#tenant.id}`, line, this.#signal);
    // Storage that answers at once, on this very thread, would have one step follow on the other before anybody else's socket is read.
    if (leave !== undefined && storageSteps.has(kind) && !this.#isolate.isAlone(this.#tenant.id))
      await giveWay();
    return leave;
  }

  close(): void {
    this.#isClosed = true;
    this.#allowance?.close();
    this.#leave?.();
  }
}

/** What isolates are made with. */
export function isolateShares(turns: Turns): RequestShares {
  return createRequestShares({ bodies: createByteBudget(isolateBodies), turns, now: () => Date.now() });
}
