// Keeps the pool's knowledge of its endpoints fresh from GET /readyz: health, load, concurrency, models.
// Unsigned and short; never the reason for a caller to wait once a first report has come.

import { ReadyReport } from '#shared/contracts/worker.ts';
import type { Endpoint, EndpointPool } from './endpoint-pool.ts';

const probeTimeoutMs = 2000;
const freshMs = 10_000;
const unreachableFreshMs = 1000;

export type Probe = (nowMs: number) => Promise<void>;

export function createProbe(pool: EndpointPool, fetch: typeof globalThis.fetch): Probe {
  return async function probe(nowMs) {
    const due = pool.endpoints.filter((endpoint) => isDue(endpoint, nowMs));
    const probes = due.map((endpoint) => ask(endpoint, nowMs, fetch));
    // Waited for only where nothing is known yet: else the call that follows is worth more than fresher numbers.
    if (pool.endpoints.every(({ report }) => report === undefined)) await Promise.all(probes);
  };
}

function isDue({ probedAtMs, reachable }: Endpoint, nowMs: number): boolean {
  return nowMs - probedAtMs >= (reachable ? freshMs : unreachableFreshMs);
}

async function ask(endpoint: Endpoint, nowMs: number, fetch: typeof globalThis.fetch): Promise<void> {
  endpoint.probedAtMs = nowMs;
  try {
    const response = await fetch(`${endpoint.origin}/readyz`, {
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    const report = ReadyReport.safeParse(await response.json());
    endpoint.reachable = report.success && (report.data.ready || report.data.draining);
    if (report.success) endpoint.report = report.data;
  } catch {
    endpoint.reachable = false;
  }
}
