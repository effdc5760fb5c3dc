// /v1/usage and /v1/audit: what a tenant has used, and what was done to it.

import { PageQuery } from '#shared/contracts/common.ts';
import { AuditPage } from '#shared/contracts/tenant.ts';
import { UsageQuery, UsageResponse } from '#shared/contracts/usage.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { parsePageQuery } from '../stores/cursor.ts';
import { toAuditPage } from '../use-cases/audit.ts';
import { readUsage } from '../use-cases/read-usage.ts';

export const auditExample = {
  items: [
    {
      id: 'aud_Vb3mK9sQx2Lw7Tn5Rc8Zp1Yd',
      at: '2026-05-04T09:30:00.000Z',
      actor: 'key_0Q7bN2xkWcR4vT9a',
      action: 'key.create',
      subject: 'key_7HsD3kPw9LmX2cVb',
      requestId: 'req_8sKd03LmQpX7vBn2TzRa',
      detail: { name: 'camera trap, north', scopes: ['classify'] },
    },
  ],
};

const counted = {
  requests: 1204,
  errors: 3,
  picturesEncoded: 310,
  pixelsDecoded: 880_000_000,
  textsEncoded: 12,
  urlsFetched: 4,
  cacheHits: 891,
};

const usageExample = {
  from: '2026-05-04',
  to: '2026-05-04',
  totals: counted,
  days: [
    {
      day: '2026-05-04',
      ...counted,
      routes: [{ route: 'POST /v1/classifications', requests: 1204, errors: 3 }],
    },
  ],
  perDay: { pictures: 100_000, pixels: 1_000_000_000_000, texts: 1_000_000, fetches: 100_000 },
  leftToday: { pictures: 99_690, pixels: 999_120_000_000, texts: 999_988, fetches: 99_996 },
  stored: { used: 48_211_968, limit: 10_737_418_240 },
  rows: {
    datasets: { used: 3, limit: 1_000 },
    keys: { used: 5, limit: 2_000 },
    projections: { used: 12, limit: 20_000 },
    evaluations: { used: 4, limit: 1_000 },
    batches: { used: 0, limit: 100 },
    webhooks: { used: 1, limit: 10 },
  },
};

export const usageRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/usage',
    scope: 'keys:manage',
    summary: 'Usage by day and route',
    description:
      'Counts arrive within seconds. The quotas in `leftToday`, stored bytes and rows are exact; `perDay` and `limit` are what the plan and the service allow.',
    tags: ['usage'],
    query: UsageQuery,
    responses: { 200: { description: 'The counters.', schema: UsageResponse, example: usageExample } },
    handler: async ({ input, caller, services, nowMs }) => {
      const report = await readUsage(caller.tenant, input.query, services, nowMs);
      return report.ok ? ok({ status: 200, json: report.value }) : report;
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/audit',
    scope: 'keys:manage',
    summary: "The tenant's administrative acts, newest first",
    tags: ['usage'],
    query: PageQuery,
    responses: { 200: { description: 'A page of acts.', schema: AuditPage, example: auditExample } },
    handler: async ({ input, caller, services }) => {
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      const records = await services.audit.listOfTenant(caller.tenant.id, page.value);
      return ok({ status: 200, json: toAuditPage(records) });
    },
  }),
];
