// What a call of the client can throw. Holds no retry rules (retry.ts) and makes no requests.

import type { Job } from '#shared/contracts/job.ts';
import type { FieldError, Problem } from '#shared/contracts/problem.ts';

/** The service answered with an error; `problem` is its RFC 9457 document as it came. */
export class ClipIcmError extends Error {
  override readonly name = 'ClipIcmError';
  readonly problem: Problem;
  /** From `Retry-After`, where the answer had one. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(`${problem.detail} (${problem.status} ${problem.code})`);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return this.problem.status;
  }

  /** One of the codes of the service's error table, or `unknown` for an answer that was no problem document. */
  get code(): string {
    return this.problem.code;
  }

  get requestId(): string {
    return this.problem.requestId;
  }

  get fieldErrors(): readonly FieldError[] {
    return this.problem.errors ?? [];
  }
}

/** No answer came: the network failed, or the time for it ran out. */
export class ClipIcmConnectionError extends Error {
  override readonly name = 'ClipIcmConnectionError';
  readonly reason: 'network' | 'timeout';

  constructor(reason: 'network' | 'timeout', message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** A job that was waited for did not succeed. */
export class ClipIcmJobError extends Error {
  override readonly name = 'ClipIcmJobError';
  readonly job: Job;

  constructor(job: Job) {
    super(job.error === undefined ? `The job ${job.id} was ${job.status}.` : job.error.detail);
    this.job = job;
  }
}

/** A request to a webhook's endpoint is not to be trusted. */
export class ClipIcmWebhookError extends Error {
  override readonly name = 'ClipIcmWebhookError';
  /** `timestamp`: too old, or from the future. */
  readonly reason: 'headers' | 'timestamp' | 'signature';

  constructor(reason: ClipIcmWebhookError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Reads an error answer. Proxies in between answer in shapes of their own; these become code `unknown`. */
export async function readError(response: Response): Promise<ClipIcmError> {
  const body = await response.text().catch(() => '');
  return new ClipIcmError(
    parseProblem(body) ?? unknownProblem(response),
    retryAfterSeconds(response.headers),
  );
}

/** `Retry-After` in seconds; the header may also hold a date. `undefined` without one that makes sense. */
export function retryAfterSeconds(headers: Headers, nowMs = Date.now()): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

function parseProblem(body: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isProblem(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'status' in value &&
    typeof value.status === 'number' &&
    'code' in value &&
    typeof value.code === 'string' &&
    'detail' in value &&
    typeof value.detail === 'string'
  );
}

function unknownProblem(response: Response): Problem {
  return {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: 'unknown',
    detail: `The answer was ${response.status} ${response.statusText}`.trim(),
    requestId: response.headers.get('x-request-id') ?? '',
  };
}
