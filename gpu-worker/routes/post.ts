// POST /v1/post: an event of a tenant's to its endpoint, if that may be reached.

import { PostRequest } from '#shared/contracts/worker.ts';
import { ok } from '#shared/result.ts';
import { answering } from '../http/context.ts';
import { readSignedJson } from '../http/signed-body.ts';
import type { Services } from '../services.ts';

export function postRoute(services: Services) {
  const { fetchAdmission, safePost } = services;
  return answering(services, async (context) => {
    const body = await readSignedJson(context, PostRequest);
    if (!body.ok) return body;
    const { signal } = context.req.raw;
    const admitted = await fetchAdmission.enter(context.get('party'), signal);
    if (!admitted.ok) return admitted;
    try {
      const posted = await safePost(body.value, signal);
      return posted.ok ? ok(context.json(posted.value)) : posted;
    } finally {
      admitted.value.release();
    }
  });
}
