// The rows of a batch, to download with a key or by a link that was given out.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { BatchLink, BatchLinkRequest, BatchResultsQuery } from '#shared/contracts/batch.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { secondsToNextMinute } from '../limits/rate-limiter.ts';
import type { BatchRecord } from '../stores/batch-store.ts';
import { readBatchLink, signBatchLink } from '../use-cases/batch-link.ts';
import { batchResults, resultTypes } from '../use-cases/batch-results.ts';
import { findBatch } from '../use-cases/find-owned.ts';
import { isoTime } from '../use-cases/present.ts';
import { BatchParams, runningBatch } from './batches.ts';
import type { TenantContext } from './data-context.ts';

const LinkParams = z.object({ link: z.string().min(1).max(400) });

const shared = { scope: 'classify', tags: ['classifications'] } as const;

const noLink = err(appError('not-found', 'This link was not given out here, or has expired.'));

const rowsDescription =
  'As JSON Lines each line is one picture; the last one is `{"end": {...}}` and says whether the rows are `whole`. As comma-separated values (UTF-8) texts that a spreadsheet would take for a formula begin with an apostrophe, and rows that are not whole end with a line that begins with `#`. While the batch runs these are the rows so far, which are the beginning of what comes afterwards.';

export const batchRowRoutes = [
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/classifications/batch/:batch/results',
    summary: 'Download the rows of a batch',
    description: rowsDescription,
    params: BatchParams,
    query: BatchResultsQuery,
    responses: { 200: { description: 'The rows.', contentType: 'application/x-ndjson' } },
    handler: async (context) => {
      const { input, caller, services } = context;
      const found = await findBatch(caller.tenant.id, input.params.batch, services);
      return found.ok ? ok(rowsReply(context, caller.tenant.id, found.value, input.query.format)) : found;
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/classifications/batch/:batch/link',
    summary: 'Make a link to the rows of a batch',
    description:
      'Whoever has it may download them in this form without a key, until it expires or the batch is deleted.',
    params: BatchParams,
    body: BatchLinkRequest,
    bodyOptional: true,
    bodyExample: { format: 'csv', expiresInSeconds: 86_400 },
    responses: {
      200: {
        description: 'The link, below the address of the service.',
        schema: BatchLink,
        example: {
          path: `/v1/classifications/batch-rows/ten_0.${runningBatch.id}.csv.1777974000.${'a1'.repeat(32)}`,
          expiresAt: '2026-05-05T09:40:00.000Z',
        },
      },
    },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId } = caller.tenant;
      const { format, expiresInSeconds } = input.body;
      const found = await findBatch(tenantId, input.params.batch, services);
      if (!found.ok) return found;
      const expiresAtMs = 1000 * (Math.ceil(nowMs / 1000) + expiresInSeconds);
      const subject = { tenantId, batchId: found.value.id, format };
      const link = await signBatchLink(subject, expiresAtMs, services.settings.keyPeppers[0]);
      const path = `/v1/classifications/batch-rows/${link}`;
      return ok({ status: 200, json: { path, expiresAt: isoTime(expiresAtMs) } });
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/classifications/batch-rows/:link',
    scope: 'public',
    summary: 'Download the rows of a batch by a link',
    description: `The signature in the link is what permits it. ${rowsDescription}`,
    tags: ['classifications'],
    params: LinkParams,
    errors: ['not-found', 'rate-limited'],
    responses: { 200: { description: 'The rows.', contentType: 'text/csv' } },
    handler: async (context) => {
      const { input, services, nowMs } = context;
      const { tenants, rateLimiter, batches, settings } = services;
      const subject = await readBatchLink(input.params.link, settings.keyPeppers, nowMs);
      const tenant = subject && (await tenants.find(subject.tenantId));
      if (subject === undefined || tenant === undefined || tenant.suspended) return noLink;
      // At the tenant's own rate: a link may be passed on to anybody.
      const { requestsPerMinute } = tenant.limits;
      if (!(await rateLimiter.take(tenant.id, requestsPerMinute, nowMs))) {
        const detail = 'The link is used too often just now.';
        return err(appError('rate-limited', detail, { retryAfterSeconds: secondsToNextMinute(nowMs) }));
      }
      const found = await batches.find(tenant.id, subject.batchId);
      if (found === undefined) return noLink;
      // In the tenant's name, whoever has the link.
      const share = services.shares.ofTenant(tenant, 'pictures', context.signal);
      return ok(rowsReply({ services, share }, tenant.id, found, subject.format));
    },
  }),
];

function rowsReply(
  { services, share }: Pick<TenantContext, 'services' | 'share'>,
  tenantId: string,
  batch: BatchRecord,
  format: z.output<typeof BatchResultsQuery>['format'],
) {
  const name = `${batch.dataset.name}-${batch.id}.${format}`;
  return {
    status: 200 as const,
    body: batchResults(tenantId, batch, format, services, share),
    headers: {
      'content-type': resultTypes[format],
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    },
  };
}
