// An answer before it is a Response: plain values, so that stages can add headers and keep it for replay at no cost,
// and the runtime's header object is filled once. A failure is an RFC 9457 problem document; a bug is a log line and a bare
// `internal`, because no message of an exception ever reaches a caller.

import { type AppError, appError, errorTable, toProblem } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import { writeLog } from '../../log.ts';
import { countRefusal } from '../../metrics/counters.ts';
import { jsonBody } from '../json-body.ts';
import type { Reply } from '../route.ts';

export type Draft = {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: BodyInit | null;
};

/** What a handler answered, or its failure as a problem document. `isKept`: as one text, to be kept for replay. */
export function draftOf(result: Result<Reply, AppError>, requestId: string, isKept = false): Draft {
  if (!result.ok) return errorDraft(result.error, requestId);
  const reply = result.value;
  const { status, headers } = reply;
  if (!('json' in reply)) return { status, headers: { ...headers }, body: reply.body ?? null };
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: isKept ? JSON.stringify(reply.json) : jsonBody(reply.json),
  };
}

export function errorDraft(
  error: AppError,
  requestId: string,
  extraHeaders: Readonly<Record<string, string>> = {},
): Draft {
  const { status } = errorTable[error.code];
  countRefusal(error.code);
  const headers: Record<string, string> = { ...extraHeaders, 'content-type': 'application/problem+json' };
  if (error.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterSeconds)));
  }
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="clip-icm"';
  return { status, headers, body: JSON.stringify(toProblem(clipped(error), requestId)) };
}

/** A sentence may quote a name of the caller's; it is not to grow with what was sent. */
const maxDetailLength = 1000;

function clipped(error: AppError): AppError {
  if (error.detail.length <= maxDetailLength) return error;
  return { ...error, detail: `${error.detail.slice(0, maxDetailLength).toWellFormed()}…` };
}

/** For anything thrown: logs it whole under the request's id, tells the caller the id alone. */
export function bugDraft(thrown: unknown, { requestId, route }: { requestId: string; route: string }): Draft {
  writeLog({ level: 'error', event: 'bug', requestId, about: { route }, thrown });
  return errorDraft(
    appError('internal', 'This is a fault of the service; its log has the request id.'),
    requestId,
  );
}
