// Failures as RFC 9457 problem documents, and bugs as one log line and a bare `internal`. No message of an exception
// ever reaches a caller.

import { type AppError, appError, errorTable, toProblem } from '#shared/app-error.ts';
import type { Draft } from './draft.ts';

export function errorDraft(
  error: AppError,
  requestId: string,
  extraHeaders: Readonly<Record<string, string>> = {},
): Draft {
  const { status } = errorTable[error.code];
  const headers: Record<string, string> = { ...extraHeaders, 'content-type': 'application/problem+json' };
  if (error.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterSeconds)));
  }
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="clip-icm"';
  return { status, headers, body: JSON.stringify(toProblem(error, requestId)) };
}

/** For anything thrown: logs it whole under the request's id, tells the caller the id alone. */
export function bugDraft(thrown: unknown, where: { requestId: string; route: string }): Draft {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  console.error(
    JSON.stringify({ level: 'error', event: 'bug', ...where, message: error.message, stack: error.stack }),
  );
  return errorDraft(
    appError('internal', 'This is a fault of the service; its log has the request id.'),
    where.requestId,
  );
}
