// An answer before it is a Response: plain values, so that stages can add headers and keep it for replay at no cost,
// and the runtime's header object is filled once.

import type { AppError } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import type { Reply } from '../route.ts';
import { errorDraft } from './error-draft.ts';

export type Draft = {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: BodyInit | null;
};

/** What a handler answered, or its failure as a problem document. */
export function draftOf(result: Result<Reply, AppError>, requestId: string): Draft {
  if (!result.ok) return errorDraft(result.error, requestId);
  const reply = result.value;
  const { status, headers } = reply;
  if (!('json' in reply)) return { status, headers: { ...headers }, body: reply.body ?? null };
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(reply.json),
  };
}
