// Every metric that the edge counts: its name, what it is, and the one spelling of a series in Prometheus' text form.
// A test compares the queries of infra/monitoring with these names.

type Metric = { readonly help: string; readonly type: 'counter' | 'histogram' | 'gauge' };

export const edgeMetrics = {
  icm_edge_requests_total: { help: 'Requests by route and status.', type: 'counter' },
  icm_edge_refusals_total: { help: 'Answers that were an error, by its code.', type: 'counter' },
  icm_edge_cache_lookups_total: {
    help: 'Looks into a cache, by the tier that had it; none: no tier had it.',
    type: 'counter',
  },
  icm_edge_worker_call_seconds: {
    help: 'Attempts at a worker by path and outcome, and how long they took.',
    type: 'histogram',
  },
  icm_edge_webhook_attempts_total: { help: 'Attempts to deliver an event, by outcome.', type: 'counter' },
  icm_edge_database_bytes: { help: 'Size of the database.', type: 'gauge' },
  icm_edge_database_alarm_bytes: {
    help: 'Size from which on nothing is taken that adds to it.',
    type: 'gauge',
  },
  icm_edge_jobs_active: { help: 'Jobs that are queued or running.', type: 'gauge' },
  icm_edge_jobs_silent: { help: 'Active jobs without a sign of life for five minutes.', type: 'gauge' },
  icm_edge_deliveries_pending: { help: 'Events that wait to be sent, or sent again.', type: 'gauge' },
  icm_edge_deliveries_overdue: {
    help: 'Events that were due five minutes ago and not attempted.',
    type: 'gauge',
  },
} as const satisfies Record<string, Metric>;

export type EdgeMetric = keyof typeof edgeMetrics;

/** Upper ends of the histogram's buckets; the last is open. */
export const secondBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** `name{a="b"}`. To be made once and kept: it costs more than counting. */
export function seriesOf(name: string, labels: Readonly<Record<string, string | number>> = {}): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
