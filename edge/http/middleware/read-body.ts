// Bodies read under a cap: refused by their declared length before a byte is read, and counted while read where the
// length is not declared. Parses JSON; decides no meaning.

import { type AppError, appError } from '#shared/app-error.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import type { Bytes } from '#shared/digest.ts';
import { err, ok, type Result } from '#shared/result.ts';

/** A body that is not JSON. Either function may be called once. */
export type RawBody = {
  /** Lower case, without parameters: `image/png`. */
  readonly contentType: string;
  /** The header as sent, for a multipart boundary. */
  readonly contentTypeHeader: string;
  readonly declaredBytes: number | undefined;
  readonly maxBytes: number;
  readonly bytes: () => Promise<Result<Bytes, AppError<'payload-too-large'>>>;
  /** Errors with BodyTooLarge, which the pipeline answers as 413, once more than the cap has passed. */
  readonly stream: () => ReadableStream<Uint8Array>;
};

export type BodyFailure = 'payload-too-large' | 'malformed-request';

/** The one failure that cannot be a Result: it happens inside a stream that others are reading. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

export function payloadTooLarge(maxBytes: number): AppError<'payload-too-large'> {
  return appError('payload-too-large', `The body may have at most ${describeBytes(maxBytes)}.`);
}

export function declaredLength(request: Request): number | undefined {
  const value = request.headers.get('content-length');
  return value === null || !/^\d{1,15}$/.test(value) ? undefined : Number(value);
}

/** All of the body, at most `maxBytes`. */
export async function readBytes(
  request: Request,
  maxBytes: number,
  declared = declaredLength(request),
): Promise<Result<Bytes, AppError<'payload-too-large'>>> {
  if (declared !== undefined && declared > maxBytes) return err(payloadTooLarge(maxBytes));
  // HTTP frames a body by its declared length, so no more than that can arrive.
  if (declared !== undefined) return ok(new Uint8Array(await request.arrayBuffer()));
  if (request.body === null) return ok(new Uint8Array(0));
  return collect(request.body, maxBytes);
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Result<Bytes, AppError<'payload-too-large'>>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await discard(reader);
      return err(payloadTooLarge(maxBytes));
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return ok(bytes);
}

function cappedStream(request: Request, maxBytes: number): ReadableStream<Uint8Array> {
  let length = 0;
  const source: ReadableStream<Uint8Array> = request.body ?? new Blob([]).stream();
  return source.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        length += chunk.length;
        if (length > maxBytes) controller.error(new BodyTooLarge());
        else controller.enqueue(chunk);
      },
    }),
  );
}

const maxDrainedBytes = 128 * 1024 * 1024;

/**
 * Reads into nothing what a refused request still sends: many clients send all of a body before they look at the
 * answer, and would see a broken connection instead of it. Bodies beyond all reason are not waited for.
 */
export async function drainBody(request: Request): Promise<void> {
  const excessive = (declaredLength(request) ?? 0) > maxDrainedBytes;
  if (request.body === null || request.bodyUsed || excessive) return;
  await discard(request.body.getReader());
}

async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let length = 0; length <= maxDrainedBytes; ) {
    const { done, value } = await reader.read();
    if (done) return;
    length += value.length;
  }
  await reader.cancel();
}

/** `alreadyRead` is the body where an earlier stage has taken it from the request. */
export function rawBody(
  request: Request,
  { contentType, contentTypeHeader }: Pick<RawBody, 'contentType' | 'contentTypeHeader'>,
  alreadyRead: Bytes | undefined,
  maxBytes: number,
): RawBody {
  const declaredBytes = declaredLength(request);
  const shared = { contentType, contentTypeHeader, maxBytes };
  if (alreadyRead !== undefined) {
    return {
      ...shared,
      declaredBytes: alreadyRead.length,
      bytes: async () => ok(alreadyRead),
      stream: () => new Blob([alreadyRead]).stream(),
    };
  }
  return {
    ...shared,
    declaredBytes,
    bytes: () => readBytes(request, maxBytes, declaredBytes),
    stream: () => cappedStream(request, maxBytes),
  };
}

/** `Image/PNG; q=1` as `image/png`. */
export function mediaType(header: string): string {
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}

export function parseJson(bytes: Uint8Array): Result<unknown, AppError<'malformed-request'>> {
  try {
    return ok(JSON.parse(utf8.decode(bytes)));
  } catch {
    return err(appError('malformed-request', 'The body is not well-formed JSON in UTF-8.'));
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
