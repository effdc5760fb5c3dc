// A body collected chunk by chunk under a cap: what arrives is what is counted, whatever the headers say, and what is held is
// held at the cost of the isolate's budget (limits/body-budget.ts).

import type { AppError } from '#shared/app-error.ts';
import type { Bytes } from '#shared/digest.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { RequestShare } from '../../limits/request-share.ts';
import { type BodyFailure, noRoomForBody, payloadTooLarge } from './body-fault.ts';
import { drain } from './drain-body.ts';
import { readChunk } from './read-chunk.ts';

/** Bodies of no more than this are held for nothing: a budget of large ones must not keep them out. */
export const freeBytes = 256 * 1024;

/** Tells from the beginning of a body whether the rest is of no use. */
export type EarlyLook = (beginning: Uint8Array) => AppError<BodyFailure> | undefined;

/** More than JSON may have beside its pictures: a body that has come so far is looked at before the rest is read. */
const lookAfterBytes = 3.25 * 1024 * 1024;
/** With the chunk that passes it, as large as the runtime's are. */
const borrowedBytes = lookAfterBytes + 64 * 1024;

export type Expected = {
  readonly maxBytes: number;
  readonly declared: number | undefined;
  readonly isPacked: boolean;
  /** Asked once what is read is no longer small. */
  readonly mayGoOn: (() => Promise<boolean>) | undefined;
  readonly look: EarlyLook | undefined;
};

export async function collectBody(
  stream: ReadableStream<Uint8Array>,
  { maxBytes, declared, isPacked, mayGoOn, look }: Expected,
  allowance: Pick<RequestShare, 'take'>,
): Promise<Result<Bytes, AppError<BodyFailure>>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  const give = async (error: AppError<BodyFailure>) => {
    // What is packed could unpack to any length for nothing: cancelled, it reads on without unpacking.
    await (isPacked ? reader.cancel() : drain(reader)).catch(() => undefined);
    return err(error);
  };
  let taken = freeBytes;
  const makeRoom = async (upTo: number): Promise<boolean> => {
    const missing = upTo - taken;
    if (missing <= 0) return true;
    taken = upTo;
    return allowance.take(missing);
  };
  // Before anything of it is read: what waits for room waits where it is.
  if (declared !== undefined && !(await makeRoom(declared))) return give(noRoomForBody);
  for (;;) {
    const chunk = await readChunk(reader, length > freeBytes);
    if (!chunk.ok) return chunk;
    if (chunk.value === undefined) break;
    const isFirstBeyond = length <= freeBytes && length + chunk.value.length > freeBytes;
    length += chunk.value.length;
    if (length > maxBytes) return give(payloadTooLarge(maxBytes));
    if (isFirstBeyond && mayGoOn !== undefined && !(await mayGoOn())) return give(noRoomForBody);
    if (length > taken && !(await makeRoom(length))) return give(noRoomForBody);
    chunks.push(chunk.value);
    if (length - chunk.value.length > lookAfterBytes || length <= lookAfterBytes) continue;
    const fault = look?.(borrowed(chunks, length));
    if (fault !== undefined) return give(fault);
  }
  return ok(joined(chunks));
}

function joined(chunks: readonly Uint8Array[]): Bytes {
  const [first] = chunks;
  if (
    chunks.length === 1 &&
    first?.buffer instanceof ArrayBuffer &&
    first.byteLength === first.buffer.byteLength
  ) {
    return first as Bytes;
  }
  return joinBytes(chunks);
}

/** Taken once an isolate: a caller who sends what is refused at this look makes megabytes of garbage a request otherwise. */
let lookBuffer = new Uint8Array(0);

/** The chunks in one, for a look that is over before anything else happens. */
function borrowed(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (lookBuffer.length < length) lookBuffer = new Uint8Array(Math.max(length, borrowedBytes));
  let at = 0;
  for (const chunk of chunks) {
    lookBuffer.set(chunk, at);
    at += chunk.length;
  }
  return lookBuffer.subarray(0, length);
}
