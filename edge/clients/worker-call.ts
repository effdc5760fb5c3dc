// The parts of a call to the worker, and how JSON and framed bodies become one. Sends nothing.

import { type AppError, type AppErrorCode, appError } from '#shared/app-error.ts';
import { encodeFrames } from '#shared/codec/frames.ts';
import { framesContentType, type Lane } from '#shared/contracts/worker.ts';
import { sha256Hex } from '#shared/digest.ts';
import type { Result } from '#shared/result.ts';
import { framedBody, heldBody, type LazyFrame } from './framed-body.ts';

export type CallContext = {
  readonly lane: Lane;
  readonly signal?: AbortSignal;
  readonly requestId?: string;
  readonly traceparent?: string | undefined;
  /** On whose behalf, so that the workers' queues are fair; they learn a tag of it, not the tenant. */
  readonly tenant?: { readonly id: string; readonly weight: number };
  /** Told now and then how many of the call's pictures are done, where it takes long. */
  readonly onProgress?: (pictures: number) => Promise<void>;
};

/** The same call, which ends with this signal too. */
export function until(context: CallContext, ended: AbortSignal | undefined): CallContext {
  if (ended === undefined) return context;
  const { lane, signal, requestId, traceparent, tenant, onProgress } = context;
  return {
    lane,
    signal: signal === undefined ? ended : AbortSignal.any([signal, ended]),
    ...(requestId === undefined ? {} : { requestId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

/** Every call fails where no worker has time for it. */
export type WorkerAway = 'worker-overloaded' | 'worker-unavailable';

export function isWorkerAway(error: AppError): error is AppError<WorkerAway> {
  return error.code === 'worker-overloaded' || error.code === 'worker-unavailable';
}

/** Of what will be there again: whoever can wait tries once more, and nothing is judged by it. */
export function isPassing(error: AppError): boolean {
  return isWorkerAway(error) || error.code === 'busy';
}

/** For what is sent for and would not fit beside what the isolate holds. */
export const noRoomToFetch = appError(
  'busy',
  'Too many large pictures are being held at once. Ask for it again in a moment.',
  { retryAfterSeconds: 2 },
);

/** What a worker may say of a request, by kind of call: it reaches the caller as it is. Anything else is the worker's fault. */
export const refusals = {
  encode: ['invalid-request', 'not-found', 'payload-too-large', 'unusable-model'],
  merge: ['invalid-request', 'payload-too-large', 'model-mismatch', 'invalid-artefact'],
  solve: [
    'invalid-request',
    'not-found',
    'payload-too-large',
    'model-mismatch',
    'too-few-samples',
    'no-convergence',
    'unusable-model',
    'invalid-artefact',
  ],
  fetch: ['invalid-request', 'payload-too-large', 'unfetchable-url'],
  post: ['invalid-request', 'unfetchable-url'],
} as const satisfies Record<string, readonly AppErrorCode[]>;

/** How a kind of call may end. */
export type Failure<Kind extends keyof typeof refusals> = (typeof refusals)[Kind][number] | WorkerAway;
export type EncodeFailure = Failure<'encode'>;
export type FetchFailure = Failure<'fetch'>;
export type PostFailure = Failure<'post'>;

export type WorkerCall<T, Code extends AppErrorCode = AppErrorCode> = {
  /** The codes of the worker's that are about this request. */
  readonly refusals: readonly Code[];
  readonly path: `/v1/${string}`;
  readonly contentType: string;
  readonly contentSha256: string;
  /** Made anew for each attempt. */
  readonly body: () => BodyInit;
  readonly timeoutMs: number;
  /** Whether it may take so long that the worker is looked after meanwhile. */
  readonly isLong?: boolean;
  /** Too much to be asked of two workers at once. */
  readonly isHeavy?: boolean;
  /** Pictures, or what weighs as much, that it takes room of the encoder for; absent: as many as a worker takes at once. */
  readonly pictures?: number;
  /** Hashes of a caller's pictures that native code reads for it, and may end with (lost-calls.ts). */
  readonly decodes?: readonly string[];
  /** Waits for others than the encoder, and so for no room of it. */
  readonly takesNoEncoder?: boolean;
  /** Reads the whole answer; the error is for the log. Runs under the call's time-out. */
  readonly read: (response: Response) => Promise<Result<T, string>>;
};

/** What a call asks for, whatever it sends. */
export type Answer<T, Code extends AppErrorCode> = Pick<
  WorkerCall<T, Code>,
  | 'path'
  | 'timeoutMs'
  | 'isLong'
  | 'isHeavy'
  | 'decodes'
  | 'pictures'
  | 'takesNoEncoder'
  | 'read'
  | 'refusals'
>;

const encoder = new TextEncoder();

export async function jsonCall<T, Code extends AppErrorCode>(
  value: unknown,
  answer: Answer<T, Code>,
): Promise<WorkerCall<T, Code>> {
  const bytes = encoder.encode(JSON.stringify(value));
  return {
    ...answer,
    contentType: 'application/json',
    contentSha256: await sha256Hex(bytes),
    body: () => bytes,
  };
}

/** More is sent from where it lies: a copy is as much again, until the garbage collector finds it. */
const mostCopied = 2 * 1024 * 1024;

/** Frames that are in memory already, and stay as they are until the call is over. */
export function bytesCall<T, Code extends AppErrorCode>(
  head: unknown,
  frames: readonly Uint8Array[],
  answer: Answer<T, Code>,
): Promise<WorkerCall<T, Code>> {
  const byteLength = frames.reduce((sum, bytes) => sum + bytes.byteLength, 0);
  return framedCall(head, answer, (headBytes) => {
    if (byteLength > mostCopied) return () => heldBody(headBytes, frames);
    const body = encodeFrames([headBytes, ...frames]);
    return () => body;
  });
}

/** Frames that are streamed from storage as they are sent. */
export function streamedCall<T, Code extends AppErrorCode>(
  head: unknown,
  frames: readonly LazyFrame[],
  answer: Answer<T, Code>,
): Promise<WorkerCall<T, Code>> {
  return framedCall(head, answer, (headBytes) => () => framedBody(headBytes, frames));
}

/** Its signature covers the first frame (shared/contracts/worker.ts). */
async function framedCall<T, Code extends AppErrorCode>(
  head: unknown,
  answer: Answer<T, Code>,
  bodyWith: (headBytes: Uint8Array) => WorkerCall<T, Code>['body'],
): Promise<WorkerCall<T, Code>> {
  const headBytes = encoder.encode(JSON.stringify(head));
  return {
    ...answer,
    contentType: framesContentType,
    contentSha256: await sha256Hex(headBytes),
    body: bodyWith(headBytes),
  };
}
