// A creating route's handler, run once for each `Idempotency-Key`: whoever sends a request again gets the answer of the first.

import type { AppError } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import type { RequestShare } from '../limits/request-share.ts';
import { declaredLength } from './body/body-headers.ts';
import { readBytes } from './body/read-body.ts';
import type { Caller } from './middleware/authenticate.ts';
import { type Draft, draftOf, errorDraft } from './middleware/draft.ts';
import { onlyOnce, parseIdempotencyKey } from './middleware/idempotency.ts';
import type { Passage } from './passage.ts';
import { runHandler } from './run-handler.ts';

export async function performOnce(
  passage: Passage,
  caller: Caller,
  share: RequestShare,
  idempotencyKey: string,
): Promise<Draft> {
  const answered = answerOnce(passage, caller, share, idempotencyKey);
  // A caller who goes away must not leave the work half done and its key claimed.
  passage.waitUntil(answered.catch(() => undefined));
  const draft = await answered;
  return draft.ok ? draft.value : errorDraft(draft.error, passage.context.requestId);
}

async function answerOnce(
  passage: Passage,
  caller: Caller,
  share: RequestShare,
  idempotencyKey: string,
): Promise<Result<Draft, AppError>> {
  const { request, services, validator, context } = passage;
  const key = parseIdempotencyKey(idempotencyKey);
  if (!key.ok) return key;
  const declared = declaredLength(request);
  const body = await readBytes({ request, declared }, validator.maxBodyBytes, share);
  if (!body.ok) return body;
  const identity = {
    // Of this key alone: another one of the tenant may do less, and the answer may be a secret.
    owner: caller.kind === 'tenant' ? `${caller.tenant.id}/${caller.key.id}` : caller.kind,
    tenantId: caller.kind === 'tenant' ? caller.tenant.id : undefined,
    route: passage.name,
    key: key.value,
    url: request.url,
    contentType: request.headers.get('content-type') ?? '',
    body: body.value,
    nowMs: context.nowMs,
  };
  const collaborators = { store: services.idempotency, peppers: services.settings.keyPeppers };
  return onlyOnce(identity, collaborators, async () =>
    draftOf(
      await runHandler(passage, caller, share, { bytes: body.value, declared }),
      context.requestId,
      true,
    ),
  );
}
