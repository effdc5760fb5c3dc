// What can be read out of a fitted projection: its artefact, selection table and spectrum; and artefacts made elsewhere.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { ResourceName } from '#shared/contracts/common.ts';
import {
  ArtefactQuery,
  Projection,
  SelectionResponse,
  SpectrumResponse,
} from '#shared/contracts/projection.ts';
import { ReleaseWish } from '#shared/contracts/release.ts';
import { icmContentType } from '#shared/contracts/worker.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { exportName, openExport } from '../use-cases/export-artefact.ts';
import { findProjection, noProjection, requireHead, requireReady } from '../use-cases/find-owned.ts';
import { openStored } from '../use-cases/open-stored.ts';
import { uploadArtefact } from '../use-cases/upload-artefact.ts';
import { actOf } from './data-context.ts';
import { ProjectionParams, projectionExample, showProjection } from './projections.ts';

const UploadQuery = z.strictObject({ name: ResourceName, release: ReleaseWish.default('auto') });

/** As much as one caller may have in flight (limits/byte-budget.ts). */
const maxArtefactBytes = 32 * 1024 * 1024;

const row = {
  head: 'zero-shot',
  estimator: 'icm',
  lambda: 3,
  dimension: 96,
  centred: false,
  scores: [0.76, 0.8],
  score: 0.78,
} as const;
const identity = {
  head: 'zero-shot',
  estimator: 'identity',
  dimension: 128,
  centred: false,
  scores: [0.7, 0.72],
  score: 0.71,
} as const;

const selectionExample = {
  mode: 'leave-one-environment-out',
  folds: ['north', 'south'],
  heads: [
    {
      head: 'zero-shot',
      chosen: row,
      identity,
      gain: 0.07,
      standardError: 0.02,
      reason: 'gain above one standard error in 2 of 2 environments',
    },
  ],
  rows: [row, identity],
  interventions: [{ name: 'grayscale', pairs: 1024, noOps: 0, flipRate: 0.12, used: true }],
} as const;

const shared = { scope: 'projections', tags: ['projections'] } as const;

export const projectionPartRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/projections/artefacts',
    summary: 'Upload an artefact',
    description:
      'An `.icm` file made elsewhere becomes the next version of the name, current by the rule of every new version. It can be extended by nobody.',
    query: UploadQuery,
    raw: [icmContentType, 'application/octet-stream'],
    maxBodyBytes: maxArtefactBytes,
    creates: true,
    adds: 'projections',
    errors: ['invalid-artefact'],
    responses: {
      201: { description: 'The new version.', schema: Projection, example: projectionExample },
    },
    handler: async (context) => {
      const { input, caller, services } = context;
      const bytes = await input.raw?.bytes();
      if (bytes === undefined) return err(appError('malformed-request', 'The request has no body.'));
      if (!bytes.ok) return bytes;
      const uploaded = await uploadArtefact(
        caller.tenant,
        input.query,
        bytes.value,
        services,
        actOf(context),
      );
      if (!uploaded.ok) return uploaded;
      return ok({ status: 201, json: await showProjection(caller.tenant.id, uploaded.value, services) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/projections/:projection/artefact',
    summary: 'Download the artefact',
    description:
      'An `.icm` file, never changing: `If-None-Match` with its ETag is answered 304. `format=safetensors` is all its tensors under their names, `format=onnx` one head in one mode: `embedding` (and, profiled, `mean`) in, `probabilities` and `scores` out, labels in its metadata.',
    params: ProjectionParams,
    query: ArtefactQuery,
    errors: ['conflict', 'invalid-artefact'],
    responses: {
      200: {
        description: 'The file; of another format as `application/octet-stream`.',
        contentType: icmContentType,
      },
      304: { description: 'The caller has it.' },
    },
    handler: async ({ input, caller, services, header, share }) => {
      const { id: tenantId } = caller.tenant;
      const found = await findProjection(tenantId, input.params.projection, services);
      if (!found.ok) return found;
      const projection = found.value;
      const ready = requireReady(projection);
      if (!ready.ok) return ready;
      const { id, name, version, contentHash, artefactBytes } = projection;
      const { format, head } = input.query;
      const isPlain = format === 'icm';
      const etag = isPlain ? `"${contentHash}"` : `"${contentHash}-${exportName(input.query)}"`;
      const headers = { etag, 'cache-control': 'private, no-cache' };
      if (header('if-none-match')?.includes(etag)) return ok({ status: 304, headers });
      const fitted = requireHead(projection, head, '/query/head');
      if (!fitted.ok) return fitted;
      const busy = await share.send(artefactBytes ?? 0);
      if (busy !== undefined) return err(busy);
      const subject = { tenantId, id, artefactBytes };
      const opened = isPlain
        ? await openStored(services.artefactKey(tenantId, id), services.objects, noProjection)
        : await openExport(subject, input.query, services);
      if (!opened.ok) return opened;
      const type = {
        'content-type': isPlain ? icmContentType : 'application/octet-stream',
        'content-disposition': `attachment; filename="${name}@${version}.${format}"`,
      };
      return ok({ status: 200, body: opened.value, headers: { ...headers, ...type } });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/projections/:projection/selection',
    summary: 'The table of everything that was tried',
    params: ProjectionParams,
    errors: ['conflict'],
    responses: {
      200: { description: 'The selection.', schema: SelectionResponse, example: selectionExample },
    },
    handler: async ({ input, caller, services, nowMs, waitUntil }) => {
      const { projectionCache } = services;
      const found = await projectionCache.get(caller.tenant.id, input.params.projection, waitUntil, nowMs);
      if (!found.ok) return found;
      const { header } = found.value.projection;
      return ok({ status: 200, json: header.format === 'icm/1' ? header.selection : header.report });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/projections/:projection/spectrum',
    summary: 'The generalised eigenvalues, descending',
    params: ProjectionParams,
    errors: ['conflict'],
    responses: {
      200: {
        description: 'The spectrum.',
        schema: SpectrumResponse,
        example: { spectrum: [41.2, 8.9, 3.3, 0.4] },
      },
    },
    handler: async ({ input, caller, services, nowMs, waitUntil }) => {
      const { projectionCache } = services;
      const found = await projectionCache.get(caller.tenant.id, input.params.projection, waitUntil, nowMs);
      if (!found.ok) return found;
      return ok({ status: 200, json: { spectrum: found.value.projection.header.spectrum } });
    },
  }),
];
