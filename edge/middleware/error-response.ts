// Failures as RFC 9457 problem documents, and bugs as one log line and a bare `internal`. No message of an exception
// ever reaches a caller.

import { type AppError, appError, errorTable, toProblem } from '#shared/app-error.ts';

export function errorResponse(
  error: AppError,
  requestId: string,
  extraHeaders: Readonly<Record<string, string>> = {},
): Response {
  const headers = new Headers(extraHeaders);
  headers.set('content-type', 'application/problem+json');
  if (error.retryAfterSeconds !== undefined) {
    headers.set('retry-after', String(Math.max(1, Math.ceil(error.retryAfterSeconds))));
  }
  if (errorTable[error.code].status === 401) headers.set('www-authenticate', 'Bearer realm="clip-icm"');
  return new Response(JSON.stringify(toProblem(error, requestId)), {
    status: errorTable[error.code].status,
    headers,
  });
}

/** For anything thrown: logs it whole under the request's id, tells the caller the id alone. */
export function bugResponse(thrown: unknown, where: { requestId: string; route: string }): Response {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  console.error(
    JSON.stringify({ level: 'error', event: 'bug', ...where, message: error.message, stack: error.stack }),
  );
  return errorResponse(
    appError('internal', 'This is a fault of the service; its log has the request id.'),
    where.requestId,
  );
}
