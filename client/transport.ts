// One HTTP exchange with the service: address, key, time limit, retries, errors as exceptions.
// Knows no route; the resources build on `send` and `json`.

import { ClipIcmConnectionError, readError } from './errors.ts';
import { type RetryPolicy, retryDelayMs } from './retry.ts';

export type QueryValue = string | number | boolean | readonly string[] | undefined;

/** What every call of the client takes besides its own arguments. */
export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** For each attempt; default: the client's. */
  readonly timeoutMs?: number | undefined;
};

/** For calls that create something: repeating one with the same key returns the first answer. */
export type CreateOptions = CallOptions & { readonly idempotencyKey?: string | undefined };

export type Body =
  | { readonly json: unknown }
  | { readonly bytes: BodyInit; readonly contentType: string | undefined };

export type TransportRequest = CallOptions & {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly body?: Body | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether doing it twice equals doing it once. */
  readonly repeatable: boolean;
};

export type Transport = {
  /** The answer, its body unread. Throws `ClipIcmError` for any status of 400 or more. */
  send(request: TransportRequest): Promise<Response>;
  /** The answer's JSON; `T` is what the contract of the route promises (the service checks itself against it). */
  json<T>(request: TransportRequest): Promise<T>;
  /** The whole address of a path of the service. */
  urlOf(path: string): string;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export type TransportOptions = {
  readonly url: string;
  readonly key: string | undefined;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export function createTransport(options: TransportOptions): Transport {
  async function withRetries<T>(request: TransportRequest, attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 0; ; attempts += 1) {
      try {
        return await attempt();
      } catch (error) {
        const delayMs = request.repeatable ? retryDelayMs(error, attempts, options.retry) : undefined;
        if (delayMs === undefined) throw error;
        await options.sleep(delayMs, request.signal);
      }
    }
  }
  return {
    send: (request) => withRetries(request, () => exchange(options, request)),
    json: <T>(request: TransportRequest) =>
      withRetries(request, () => exchange(options, request, (response) => response.json() as Promise<T>)),
    urlOf: (path) => buildUrl(options.url, { path }),
    sleep: options.sleep,
  };
}

/** One attempt. `read` runs under the same time limit as the request itself. */
async function exchange(options: TransportOptions, request: TransportRequest): Promise<Response>;
async function exchange<T>(
  options: TransportOptions,
  request: TransportRequest,
  read: (response: Response) => Promise<T>,
): Promise<T>;
async function exchange<T>(
  options: TransportOptions,
  request: TransportRequest,
  read?: (response: Response) => Promise<T>,
): Promise<T | Response> {
  const limit = startLimit(request.timeoutMs ?? options.timeoutMs, request.signal);
  try {
    const response = await options.fetch(buildRequest(options, request, limit.signal));
    if (response.status >= 400) throw await readError(response);
    return read === undefined ? response : await read(response);
  } catch (error) {
    throw limit.explain(error, `${request.method} ${request.path}`);
  } finally {
    limit.stop();
  }
}

/** A time limit that ends with the exchange, so that a stream handed to the caller may run on after it. */
function startLimit(timeoutMs: number, callerSignal: AbortSignal | undefined) {
  callerSignal?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const signal =
    callerSignal === undefined ? controller.signal : AbortSignal.any([controller.signal, callerSignal]);
  return {
    signal,
    stop: () => clearTimeout(timer),
    explain(error: unknown, what: string): unknown {
      if (callerSignal?.aborted === true) return callerSignal.reason;
      if (controller.signal.aborted) {
        return new ClipIcmConnectionError('timeout', `${what} took longer than ${timeoutMs} ms.`, error);
      }
      // fetch reports every network failure as a TypeError.
      if (error instanceof TypeError) {
        return new ClipIcmConnectionError('network', `${what} did not reach the service.`, error);
      }
      return error;
    },
  };
}

function buildRequest(options: TransportOptions, request: TransportRequest, signal: AbortSignal): Request {
  const headers = new Headers(request.headers);
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  if (options.key !== undefined) headers.set('authorization', `Bearer ${options.key}`);
  const init: RequestInit = { method: request.method, headers, signal };
  if (request.body !== undefined) {
    const isJson = 'json' in request.body;
    const contentType = isJson ? 'application/json' : request.body.contentType;
    // Multipart forms bring their own type with the boundary in it.
    if (contentType !== undefined) headers.set('content-type', contentType);
    init.body = isJson ? JSON.stringify(request.body.json) : request.body.bytes;
  }
  return new Request(buildUrl(options.url, request), init);
}

function buildUrl(base: string, { path, query }: Pick<TransportRequest, 'path' | 'query'>): string {
  const url = new URL(path.replace(/^\//, ''), base.endsWith('/') ? base : `${base}/`);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(item));
  }
  return url.href;
}
