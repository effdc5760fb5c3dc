// Every failure a caller can meet, with its HTTP status and title in one table.
// Bugs are not in it: they throw, are logged with the request id, and reach the caller as `internal`.

import type { FieldError, Problem } from './contracts/problem.ts';

export const errorTable = {
  'malformed-request': { status: 400, title: 'The request could not be parsed' },
  unauthenticated: { status: 401, title: 'The caller is unknown' },
  'missing-scope': { status: 403, title: 'The key lacks a scope this route needs' },
  'tenant-suspended': { status: 403, title: 'The tenant is suspended' },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'method-not-allowed': { status: 405, title: 'The route does not answer this method' },
  conflict: { status: 409, title: 'The request does not fit the present state' },
  'idempotency-conflict': { status: 409, title: 'The idempotency key was used with another request' },
  'payload-too-large': { status: 413, title: 'The body is larger than this route takes' },
  'unsupported-media-type': { status: 415, title: 'The route does not take this content type' },
  'invalid-request': { status: 422, title: 'The request has a field that does not fit' },
  'unreadable-picture': { status: 422, title: 'The picture could not be decoded' },
  'picture-too-large': { status: 422, title: 'The picture has more pixels than are decoded' },
  'unusable-model': { status: 422, title: 'The model cannot be used' },
  'model-mismatch': { status: 422, title: 'The parts belong to different models' },
  'too-few-samples': { status: 422, title: 'There are too few samples to fit from' },
  'no-convergence': { status: 422, title: 'The numerical solution did not converge' },
  'invalid-artefact': { status: 422, title: 'The artefact is damaged or not of this format' },
  'unfetchable-url': { status: 422, title: 'The address could not be fetched' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'quota-exceeded': { status: 429, title: 'The quota is used up' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  'worker-overloaded': { status: 503, title: 'The encoder is busy' },
  'worker-unavailable': { status: 503, title: 'The encoder cannot be reached' },
  busy: { status: 503, title: 'The service has no room for the request just now' },
  'not-ready': { status: 503, title: 'The service is not ready yet' },
} as const satisfies Record<string, { status: number; title: string }>;

export type AppErrorCode = keyof typeof errorTable;

/** `AppError<'not-found' | 'conflict'>` in a function's type says that it can end in these and in nothing else. */
export type AppError<Code extends AppErrorCode = AppErrorCode> = {
  readonly code: Code;
  /** One sentence for the caller: what was wrong with this request. Never an internal message. */
  readonly detail: string;
  /** For `invalid-request`: which fields, as JSON pointers. */
  readonly errors?: readonly FieldError[];
  /** For 429 and 503. */
  readonly retryAfterSeconds?: number;
  /** Work was done for the request all the same, and is charged for. Never leaves the edge. */
  readonly worked?: boolean;
};

export function appError<Code extends AppErrorCode>(
  code: Code,
  detail: string,
  extra: Omit<AppError, 'code' | 'detail'> = {},
): AppError<Code> {
  return { code, detail, ...extra };
}

export function isAppErrorCode(code: string): code is AppErrorCode {
  return Object.hasOwn(errorTable, code);
}

/** The RFC 9457 problem document for an error; `type` resolves against the API's own origin. */
export function toProblem(error: AppError, requestId: string): Problem {
  const { status, title } = errorTable[error.code];
  return {
    type: `/problems/${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.detail,
    requestId,
    ...(error.errors === undefined ? {} : { errors: [...error.errors] }),
  };
}
