// A body collected chunk by chunk under a cap: what arrives is what is counted, whatever the headers say, and what is held is
// held at the cost of the isolate's budget (limits/byte-budget.ts).

import type { AppError } from '#shared/app-error.ts';
import type { Bytes } from '#shared/digest.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { freeBytes } from '../../limits/byte-budget.ts';
import type { RequestShare } from '../../limits/request-share.ts';
import { type BodyFailure, brokenOff, noRoomForBody, payloadTooLarge } from './body-fault.ts';
import { drain } from './drain-body.ts';
import { readChunk } from './read-chunk.ts';

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
  const give = async (error: AppError<BodyFailure>, body: Collection) => {
    // What is packed could unpack to any length for nothing: cancelled, it reads on without unpacking.
    await body.leave(isPacked ? (reader) => reader.cancel() : drain).catch(() => undefined);
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
  const hasRoom = declared === undefined || (await makeRoom(declared));
  const body =
    hasRoom && declared !== undefined && !isPacked ? collectInto(stream, declared) : collectChunks(stream);
  if (!hasRoom) return give(noRoomForBody, body);
  for (let length = 0; ; ) {
    const chunk = await body.next(taken > freeBytes);
    if (!chunk.ok) return chunk;
    if (chunk.value === undefined) return ok(body.whole());
    const before = length;
    length += chunk.value;
    if (length > maxBytes) return give(payloadTooLarge(maxBytes), body);
    const isFirstBeyond = before <= freeBytes && length > freeBytes;
    if (isFirstBeyond && mayGoOn !== undefined && !(await mayGoOn())) return give(noRoomForBody, body);
    if (length > taken && !(await makeRoom(length))) return give(noRoomForBody, body);
    // What is still coming is not forgotten.
    if (taken > freeBytes && !(await allowance.take(0))) return give(noRoomForBody, body);
    if (before > lookAfterBytes || length <= lookAfterBytes) continue;
    const fault = look?.(body.soFar());
    if (fault !== undefined) return give(fault, body);
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** What has been read of a body. */
type Collection = {
  /** How many bytes came; `undefined` at the end. */
  readonly next: (isHurried: boolean) => Promise<Result<number | undefined, AppError<BodyFailure>>>;
  /** For a look that is over before anything else happens. */
  readonly soFar: () => Uint8Array;
  readonly whole: () => Bytes;
  /** Nothing more of it is wanted here. */
  readonly leave: (how: (reader: Reader) => Promise<void>) => Promise<void>;
};

function collectChunks(stream: ReadableStream<Uint8Array>, before: readonly Uint8Array[] = []): Collection {
  const reader = stream.getReader();
  const chunks = [...before];
  let length = 0;
  return {
    async next(isHurried) {
      const chunk = await readChunk(reader, isHurried);
      if (!chunk.ok) return chunk;
      if (chunk.value === undefined) return ok(undefined);
      chunks.push(chunk.value);
      length += chunk.value.length;
      return ok(chunk.value.length);
    },
    soFar: () => borrowed(chunks, length),
    whole: () => joined(chunks),
    leave: (how) => how(reader),
  };
}

/**
 * So much has to have come of a body before memory is taken for all of it, since who says much may send little; and so much is read at
 * once, lest the runtime takes as much memory again for a read as there is room for.
 */
const pieceBytes = 64 * 1024;

/** In memory of its length, with no pieces of it beside. What comes beyond that is collected as if nothing had been said. */
function collectInto(stream: ReadableStream<Uint8Array>, declared: number): Collection {
  const reader = stream.getReader({ mode: 'byob' });
  let bytes = new Uint8Array(Math.min(declared, pieceBytes));
  let filled = 0;
  let beyond: Collection | undefined;
  // The memory is handed over and back with every read.
  const readOn = async () => {
    const result = await reader.read(bytes.subarray(filled, filled + pieceBytes));
    if (result.value !== undefined) bytes = new Uint8Array(result.value.buffer);
    return result;
  };
  return {
    async next(isHurried) {
      if (beyond !== undefined) return beyond.next(isHurried);
      if (filled === declared) {
        reader.releaseLock();
        beyond = collectChunks(stream, [bytes]);
        return beyond.next(isHurried);
      }
      if (filled === bytes.length) bytes = enlarged(bytes, declared);
      const chunk = await readChunk({ read: readOn }, isHurried);
      if (!chunk.ok) return chunk;
      // At an end that came too soon the runtime need not give it back.
      if (bytes.length === 0) return err(brokenOff);
      if (chunk.value === undefined) return ok(undefined);
      filled += chunk.value.length;
      return ok(chunk.value.length);
    },
    soFar: () => bytes.subarray(0, filled),
    whole: () => beyond?.whole() ?? bytes.subarray(0, filled),
    leave: async (how) => {
      if (beyond !== undefined) return beyond.leave(how);
      reader.releaseLock();
      return how(stream.getReader());
    },
  };
}

function enlarged(bytes: Uint8Array, byteLength: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(byteLength);
  larger.set(bytes);
  return larger;
}

function joined(chunks: readonly Uint8Array[]): Bytes {
  const [first] = chunks;
  const isWhole = chunks.length === 1 && first?.byteLength === first?.buffer.byteLength;
  return isWhole && first?.buffer instanceof ArrayBuffer ? (first as Bytes) : joinBytes(chunks);
}

/** Taken once an isolate: a caller who sends what is refused at this look makes megabytes of garbage a request otherwise. */
let lookBuffer = new Uint8Array(0);

/** The chunks in one. */
function borrowed(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (lookBuffer.length < length) lookBuffer = new Uint8Array(Math.max(length, borrowedBytes));
  let at = 0;
  for (const chunk of chunks) {
    lookBuffer.set(chunk, at);
    at += chunk.length;
  }
  return lookBuffer.subarray(0, length);
}
