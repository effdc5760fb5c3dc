// The worker endpoints this isolate knows: health, load and which to call next.
// Keeps plain numbers only (promises and responses may not cross requests on Workers) and sends nothing itself.

import type { Lane, ReadyReport } from '#shared/contracts/worker.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';

export type Endpoint = {
  readonly origin: string;
  readonly breaker: CircuitBreaker;
  /** Pictures (or what weighs as much) of our calls under way that take room of the encoder, and whose. */
  readonly inFlight: Record<Lane, number>;
  readonly holders: Record<Lane, Map<string, number>>;
  readonly holds: Set<Hold>;
  report: ReadyReport | undefined;
  /** When `report` was asked for last, whether or not it came. */
  probedAtMs: number;
  reachable: boolean;
};

/** What a call takes of its endpoint, and until when at the latest: the runtime may drop a request, with its call, without a word. */
export type Hold = {
  readonly lane: Lane;
  /** `''` for nobody's. */
  readonly tenantId: string;
  /** Pictures, or what weighs as much. */
  readonly taken: number;
  readonly untilMs: number;
};

/** Of a call: whose, of how many pictures (unknown: many), and when it is over whatever comes of it. */
export type Holding = {
  readonly tenantId?: string | undefined;
  readonly pictures?: number | undefined;
  readonly untilMs: number;
};

export type EndpointPool = {
  readonly endpoints: readonly Endpoint[];
  /** Least loaded for its concurrency among those that may be called; `undefined` where none may. */
  choose(nowMs: number, except?: ReadonlySet<Endpoint>): Endpoint | undefined;
  /** Those that answered when they were last asked and may be called. */
  usable(nowMs: number): readonly Endpoint[];
  /**
   * Whether an endpoint has as much of this lane as it likes to have, and this tenant its part of it: a fit never makes a person wait
   * for a place, nor one tenant another.
   */
  isFull(endpoint: Endpoint, lane: Lane, tenantId?: string): boolean;
  /**
   * Counts a call of so many pictures; to be told once it is over. A call of many counts as those that a worker takes of it at once, as
   * does one of which nothing is said; a call of one picture leaves room for others, of which the worker makes batches.
   */
  hold(endpoint: Endpoint, lane: Lane, holding: Holding): () => void;
  /** How many bulk calls all reachable endpoints together like to have in flight. */
  capacity(): number;
};

export function createEndpointPool(origins: readonly string[]): EndpointPool {
  const endpoints: Endpoint[] = origins.map((origin) => ({
    origin: origin.replace(/\/+$/, ''),
    breaker: createCircuitBreaker(),
    inFlight: { interactive: 0, bulk: 0 },
    holders: { interactive: new Map(), bulk: new Map() },
    holds: new Set(),
    report: undefined,
    probedAtMs: Number.NEGATIVE_INFINITY,
    reachable: true,
  }));
  return {
    endpoints,
    choose(nowMs, except) {
      let best: Endpoint | undefined;
      for (const endpoint of endpoints) {
        if (except?.has(endpoint) || !isUsable(endpoint, nowMs)) continue;
        for (const hold of endpoint.holds) if (hold.untilMs <= nowMs) letGo(endpoint, hold);
        if (best === undefined || load(endpoint) < load(best)) best = endpoint;
      }
      return best;
    },
    usable: (nowMs) => endpoints.filter((endpoint) => endpoint.reachable && isUsable(endpoint, nowMs)),
    isFull: (endpoint, lane, tenantId = '') => {
      const room = roomOf(endpoint, lane);
      if (endpoint.inFlight[lane] < room) return false;
      const holders = endpoint.holders[lane];
      const holds = holders.get(tenantId) ?? 0;
      return holds > 0 && holds >= room / holders.size;
    },
    hold(endpoint, lane, { tenantId = '', pictures = Number.POSITIVE_INFINITY, untilMs }) {
      const hold = { lane, tenantId, taken: Math.min(pictures, windowOf(endpoint)), untilMs };
      const holders = endpoint.holders[lane];
      endpoint.holds.add(hold);
      endpoint.inFlight[lane] += hold.taken;
      holders.set(tenantId, (holders.get(tenantId) ?? 0) + hold.taken);
      return () => letGo(endpoint, hold);
    },
    capacity: () =>
      Math.max(
        1,
        endpoints.reduce(
          (total, endpoint) => total + (endpoint.reachable ? concurrencyOf(endpoint, 'bulk') : 0),
          0,
        ),
      ),
  };
}

/** Once only, whoever says so first. */
function letGo(endpoint: Endpoint, hold: Hold): void {
  if (!endpoint.holds.delete(hold)) return;
  const { lane, tenantId, taken } = hold;
  endpoint.inFlight[lane] -= taken;
  const holders = endpoint.holders[lane];
  const left = (holders.get(tenantId) ?? taken) - taken;
  if (left > 0) holders.set(tenantId, left);
  else holders.delete(tenantId);
}

function isUsable({ breaker, report }: Endpoint, nowMs: number): boolean {
  return breaker.mayCall(nowMs) && report?.draining !== true;
}

function load(endpoint: Endpoint): number {
  const queued =
    endpoint.report === undefined ? 0 : endpoint.report.queue.depth / endpoint.report.queue.limit;
  const ours = (lane: Lane) => endpoint.inFlight[lane] / roomOf(endpoint, lane);
  return ours('interactive') + ours('bulk') + queued + (endpoint.reachable ? 0 : 1000);
}

function roomOf(endpoint: Endpoint, lane: Lane): number {
  return concurrencyOf(endpoint, lane) * windowOf(endpoint);
}

/** Pictures of one call that a worker has in hand at once. */
function windowOf({ report }: Endpoint): number {
  if (report === undefined) return unknownWindow;
  return Math.max(1, Math.floor(report.queue.limit / report.concurrency.interactive));
}

const unknownWindow = 16;

/** Calls of many pictures. Before the first report: two, which suits even the smallest worker. */
function concurrencyOf({ report }: Endpoint, lane: Lane): number {
  return report?.concurrency[lane] ?? 2;
}
