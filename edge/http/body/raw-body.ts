// A body that is not JSON, as its route wants it: all of its bytes, or a stream under the same cap.

import type { AppError } from '#shared/app-error.ts';
import type { Bytes } from '#shared/digest.ts';
import { ok, type Result } from '#shared/result.ts';
import type { RequestShare } from '../../limits/request-share.ts';
import { type BodyFailure, BodyFault, payloadTooLarge } from './body-fault.ts';
import type { SentBody } from './body-headers.ts';
import { drain } from './drain-body.ts';
import { readBytes } from './read-body.ts';
import { readChunk } from './read-chunk.ts';
import { readWhenAsked, unpackedBody } from './unpack.ts';

/** Either function may be called once. */
export type RawBody = {
  /** Lower case, without parameters: `image/png`. */
  readonly contentType: string;
  /** The header as sent, for a multipart boundary. */
  readonly contentTypeHeader: string;
  readonly declaredBytes: number | undefined;
  readonly maxBytes: number;
  readonly bytes: () => Promise<Result<Bytes, AppError<BodyFailure>>>;
  /** Errors with a BodyFault, which the pipeline answers for what it is. Costs the budget nothing: whoever holds pays. */
  readonly stream: () => ReadableStream<Uint8Array>;
  readonly allowance: RequestShare;
};

/** `bytes`: the body where an earlier stage has taken it from the request. */
export function rawBody(
  { bytes, request, declared }: SentBody & { readonly bytes: Bytes | undefined },
  { contentType, contentTypeHeader }: Pick<RawBody, 'contentType' | 'contentTypeHeader'>,
  maxBytes: number,
  allowance: RequestShare,
): RawBody {
  const shared = { contentType, contentTypeHeader, maxBytes, allowance };
  if (bytes !== undefined) {
    return {
      ...shared,
      declaredBytes: bytes.length,
      bytes: async () => ok(bytes),
      stream: () => new Blob([bytes]).stream(),
    };
  }
  return {
    ...shared,
    declaredBytes: declared,
    bytes: () => readBytes({ request, declared }, maxBytes, allowance),
    stream: () => cappedStream(request, maxBytes),
  };
}

function cappedStream(request: Request, maxBytes: number): ReadableStream<Uint8Array> {
  const body = unpackedBody(request);
  if (!body.ok) throw new BodyFault(body.error);
  const reader = body.value?.getReader();
  // Whoever has read enough of a body leaves bytes of it, or only its end, on the way, and the runtime closes a connection that
  // still holds some: the caller's next request on it would be lost.
  const leave = async () => {
    if (reader !== undefined) await (body.value === request.body ? drain(reader) : reader.cancel());
  };
  let length = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = reader === undefined ? ok(undefined) : await readChunk(reader, true);
        if (!chunk.ok) return controller.error(new BodyFault(chunk.error));
        if (chunk.value === undefined) return controller.close();
        length += chunk.value.length;
        if (length <= maxBytes) return controller.enqueue(chunk.value);
        await leave().catch(() => undefined);
        controller.error(new BodyFault(payloadTooLarge(maxBytes)));
      },
      cancel: leave,
    },
    readWhenAsked,
  );
}
