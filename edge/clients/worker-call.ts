// The parts of a call to the worker, and how JSON and framed bodies become one. Sends nothing.

import { encodeFrames } from '#shared/codec/frames.ts';
import { framesContentType, type Lane } from '#shared/contracts/worker.ts';
import { sha256Hex } from '#shared/digest.ts';
import type { Result } from '#shared/result.ts';
import { framedBody, type LazyFrame } from './framed-body.ts';

export type CallContext = {
  readonly lane: Lane;
  readonly signal?: AbortSignal;
  readonly requestId?: string;
  readonly traceparent?: string;
};

export type WorkerCall<T> = {
  readonly path: `/v1/${string}`;
  readonly contentType: string;
  readonly contentSha256: string;
  /** Made anew for each attempt. */
  readonly body: () => BodyInit;
  readonly timeoutMs: number;
  /** Whether it may take so long that the worker is looked after meanwhile. */
  readonly isLong?: boolean;
  /** Reads the whole answer; the error is for the log. Runs under the call's time-out. */
  readonly read: (response: Response) => Promise<Result<T, string>>;
};

type Answer<T> = Pick<WorkerCall<T>, 'path' | 'timeoutMs' | 'isLong' | 'read'>;

const encoder = new TextEncoder();

export async function jsonCall<T>(value: unknown, answer: Answer<T>): Promise<WorkerCall<T>> {
  const bytes = encoder.encode(JSON.stringify(value));
  return {
    ...answer,
    contentType: 'application/json',
    contentSha256: await sha256Hex(bytes),
    body: () => bytes,
  };
}

/** Frames that are in memory already. */
export async function bytesCall<T>(
  head: unknown,
  frames: readonly Uint8Array[],
  answer: Answer<T>,
): Promise<WorkerCall<T>> {
  const headBytes = encoder.encode(JSON.stringify(head));
  const body = encodeFrames([headBytes, ...frames]);
  return {
    ...answer,
    contentType: framesContentType,
    contentSha256: await sha256Hex(headBytes),
    body: () => body,
  };
}

/** Frames that are streamed from storage as they are sent. */
export async function streamedCall<T>(
  head: unknown,
  frames: readonly LazyFrame[],
  answer: Answer<T>,
): Promise<WorkerCall<T>> {
  const headBytes = encoder.encode(JSON.stringify(head));
  return {
    ...answer,
    contentType: framesContentType,
    contentSha256: await sha256Hex(headBytes),
    body: () => framedBody(headBytes, frames),
  };
}
