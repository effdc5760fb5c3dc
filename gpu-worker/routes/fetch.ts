// POST /v1/fetch: what a tenant's URL names, as bytes, if it may be reached.

import { FetchRequest } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { answering } from '../http/context.ts';
import { fileResponse } from '../http/file-response.ts';
import { readSignedJson } from '../http/signed-body.ts';
import type { Services } from '../services.ts';

export function fetchRoute(services: Services) {
  const { env, fetchAdmission, safeFetch } = services;
  return answering(services, async (context) => {
    const body = await readSignedJson(context, FetchRequest);
    if (!body.ok) return body;
    const { url, maxBytes } = body.value;
    const { signal } = context.req.raw;
    const admitted = await fetchAdmission.enter(context.get('party'), signal);
    if (!admitted.ok) return admitted;
    try {
      const fetched = await safeFetch(url, {
        maxBytes: Math.min(maxBytes, env.ICM_MAX_PICTURE_BYTES),
        signal,
      });
      return fetched.ok ? ok(fileResponse('application/octet-stream', fetched.value)) : fetched;
    } finally {
      admitted.value.release();
    }
  });
}
