// What may be wrong with a body while it is read: larger than it may be, broken off, too slow, or one too many at once.

import { type AppError, appError } from '#shared/app-error.ts';
import { describeBytes } from '#shared/describe-bytes.ts';

export type BodyFailure =
  | 'invalid-request'
  | 'payload-too-large'
  | 'malformed-request'
  | 'unsupported-media-type'
  | 'busy';

/** The one failure that cannot be a Result: it happens inside a stream that others are reading. */
export class BodyFault extends Error {
  override readonly name = 'BodyFault';
  readonly appError: AppError<BodyFailure>;

  constructor(error: AppError<BodyFailure>) {
    super(error.detail);
    this.appError = error;
  }
}

export function payloadTooLarge(maxBytes: number): AppError<'payload-too-large'> {
  return appError('payload-too-large', `The body may have at most ${describeBytes(maxBytes)}.`);
}

export const noRoomForBody = appError(
  'busy',
  'Too many large bodies are being read at once. Send it again in a moment.',
  { retryAfterSeconds: 2 },
);

export const brokenOff = appError(
  'malformed-request',
  'The body broke off, or is not what its encoding says.',
);
export const tooSlow = appError('malformed-request', 'The body stopped arriving before it was whole.');
