// Expected failures as RFC 9457 problem documents.

import { type AppError, toProblem } from '#shared/app-error.ts';

/** Towards the edge a full queue is 429 (shared/contracts/worker.ts): its caller may go to another worker at once. */
const overloadedStatus = 429;

export function problemResponse(error: AppError, requestId: string): Response {
  const problem = toProblem(error, requestId);
  const status = error.code === 'worker-overloaded' ? overloadedStatus : problem.status;
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (error.retryAfterSeconds !== undefined) headers.set('retry-after', String(error.retryAfterSeconds));
  return new Response(JSON.stringify({ ...problem, status }), { status, headers });
}
