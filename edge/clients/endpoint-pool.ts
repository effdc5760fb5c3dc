// The worker endpoints this isolate knows: health, load and which to call next.
// Keeps plain numbers only (promises and responses may not cross requests on Workers) and sends nothing itself.

import type { Lane, ReadyReport } from '#shared/contracts/worker.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';

export type Endpoint = {
  readonly origin: string;
  readonly breaker: CircuitBreaker;
  /** Calls of ours under way that take room of the encoder, and whose. */
  readonly inFlight: Record<Lane, number>;
  readonly holders: Record<Lane, Map<string, number>>;
  report: ReadyReport | undefined;
  /** When `report` was asked for last, whether or not it came. */
  probedAtMs: number;
  reachable: boolean;
};

export type EndpointPool = {
  readonly endpoints: readonly Endpoint[];
  /** Least loaded for its concurrency among those that may be called; `undefined` where none may. */
  choose(nowMs: number, except?: ReadonlySet<Endpoint>): Endpoint | undefined;
  /**
   * Whether an endpoint has as many calls of this lane as it likes to have, and this tenant its part of them: a fit never makes a
   * person wait for a place, nor one tenant another.
   */
  isFull(endpoint: Endpoint, lane: Lane, tenantId?: string): boolean;
  /** Counts a call; to be told once it is over. */
  hold(endpoint: Endpoint, lane: Lane, tenantId?: string): () => void;
  /** How many bulk calls all reachable endpoints together like to have in flight. */
  capacity(): number;
};

export function createEndpointPool(origins: readonly string[]): EndpointPool {
  const endpoints: Endpoint[] = origins.map((origin) => ({
    origin: origin.replace(/\/+$/, ''),
    breaker: createCircuitBreaker(),
    inFlight: { interactive: 0, bulk: 0 },
    holders: { interactive: new Map(), bulk: new Map() },
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
        if (best === undefined || load(endpoint) < load(best)) best = endpoint;
      }
      return best;
    },
    isFull: (endpoint, lane, tenantId = '') => {
      const concurrency = concurrencyOf(endpoint, lane);
      if (endpoint.inFlight[lane] < concurrency) return false;
      const holders = endpoint.holders[lane];
      const holds = holders.get(tenantId) ?? 0;
      return holds > 0 && holds >= concurrency / holders.size;
    },
    hold(endpoint, lane, tenantId = '') {
      const holders = endpoint.holders[lane];
      endpoint.inFlight[lane] += 1;
      holders.set(tenantId, (holders.get(tenantId) ?? 0) + 1);
      return () => {
        endpoint.inFlight[lane] -= 1;
        const left = (holders.get(tenantId) ?? 1) - 1;
        if (left > 0) holders.set(tenantId, left);
        else holders.delete(tenantId);
      };
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

function isUsable({ breaker, report }: Endpoint, nowMs: number): boolean {
  return breaker.mayCall(nowMs) && report?.draining !== true;
}

function load(endpoint: Endpoint): number {
  const queued =
    endpoint.report === undefined ? 0 : endpoint.report.queue.depth / endpoint.report.queue.limit;
  const ours = (lane: Lane) => endpoint.inFlight[lane] / concurrencyOf(endpoint, lane);
  return ours('interactive') + ours('bulk') + queued + (endpoint.reachable ? 0 : 1000);
}

/** Before the first report: two, which suits even the smallest worker. */
function concurrencyOf({ report }: Endpoint, lane: Lane): number {
  return report?.concurrency[lane] ?? 2;
}
