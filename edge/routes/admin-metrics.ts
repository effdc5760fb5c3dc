// /v1/admin/metrics: the edge's counters and a few gauges, for the operator's Prometheus.

import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { metricsContentType, writeMetrics } from '../metrics/metrics-text.ts';

export const metricsRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/admin/metrics',
    scope: 'metrics',
    tags: ['admin'],
    summary: "The edge's metrics, in Prometheus' text form",
    description:
      "Sums over all isolates, which tell theirs every 15 seconds while they have requests: they never go back. The workers' own are at their `/metrics`.",
    responses: { 200: { description: 'Text, version 0.0.4.', contentType: 'text/plain' } },
    handler: async ({ services, nowMs }) => {
      await services.metrics.flush();
      const [sums, gauges] = await Promise.all([services.metrics.read(), services.gauges.read(nowMs)]);
      const body = writeMetrics(sums, {
        icm_edge_database_bytes: gauges.databaseBytes,
        icm_edge_database_alarm_bytes: services.settings.databaseAlarmBytes,
        icm_edge_jobs_active: gauges.jobsActive,
        icm_edge_jobs_silent: gauges.jobsSilent,
        icm_edge_deliveries_pending: gauges.deliveriesPending,
        icm_edge_deliveries_overdue: gauges.deliveriesOverdue,
      });
      return ok({ status: 200, body, headers: { 'content-type': metricsContentType } });
    },
  }),
];
