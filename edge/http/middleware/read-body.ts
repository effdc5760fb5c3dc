// Bodies read under a cap. What arrives is what is counted, whatever the headers say; what is held is held at the cost of
// the isolate's budget (limits/body-budget.ts). Unpacks gzip, and decides nothing else of what a body means.

import { type AppError, appError } from '#shared/app-error.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import type { Bytes } from '#shared/digest.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { createBreather } from '../../clients/breathe.ts';
import type { Leave } from '../../clients/turns.ts';
import type { RequestShare } from '../../limits/request-share.ts';
import { readWhenAsked, unpackGzip } from './unpack.ts';

/** A body that is not JSON. Either function may be called once. */
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

const noRoomForBody = appError(
  'busy',
  'Too many large bodies are being read at once. Send it again in a moment.',
  { retryAfterSeconds: 2 },
);

const brokenOff = appError('malformed-request', 'The body broke off, or is not what its encoding says.');
const tooSlow = appError('malformed-request', 'The body stopped arriving before it was whole.');

/** Of the body as it is sent: packed, where it is. */
export function declaredLength(request: Request): number | undefined {
  // It outranks the length: HTTP reads on until the last chunk.
  if (request.headers.has('transfer-encoding')) return undefined;
  const value = request.headers.get('content-length');
  return value === null || !/^\d{1,15}$/.test(value) ? undefined : Number(value);
}

/** Bodies of no more than this are held for nothing: a budget of large ones must not keep them out. */
const freeBytes = 256 * 1024;
const idleMs = 20_000;

/** Tells from the beginning of a body whether the rest is of no use. */
export type EarlyLook = (beginning: Uint8Array) => AppError<BodyFailure> | undefined;

/** More than JSON may have beside its pictures: a body that has come so far is looked at before the rest is read. */
const lookAfterBytes = 3.25 * 1024 * 1024;
/** With the chunk that passes it, as large as the runtime's are. */
const borrowedBytes = lookAfterBytes + 64 * 1024;

/** `declared`: declaredLength of the request, which is looked up once. */
export type SentBody = { readonly request: Request; readonly declared: number | undefined };

/** All of the body, unpacked, at most `maxBytes`, once it is the request's turn to be worked on. */
export async function readBytes(
  { request, declared }: SentBody,
  maxBytes: number,
  share: Pick<RequestShare, 'take' | 'enter' | 'turn'>,
  look?: EarlyLook,
): Promise<Result<Bytes, AppError<BodyFailure>>> {
  if (declared !== undefined && declared > maxBytes) return err(payloadTooLarge(maxBytes));
  const isWhole = declared !== undefined && declared <= freeBytes && !request.headers.has('content-encoding');
  const bytes = isWhole
    ? await request.arrayBuffer().then(arrived, stayedAway)
    : await readInParts(request, { maxBytes, declared, look }, share);
  if (!bytes.ok) return bytes;
  const { length } = bytes.value;
  // HTTP ends a body where its length says; a worker before ours may say what it likes, so what came is counted here too.
  if (length > maxBytes) return err(payloadTooLarge(maxBytes));
  if (isWhole && length > freeBytes && !(await share.take(length - freeBytes))) return err(noRoomForBody);
  const entering = share.enter(length);
  const busy = entering === undefined ? undefined : await entering;
  return busy === undefined ? bytes : err(busy);
}

/** A small body is collected by the runtime, at a third of what a reader costs. */
const arrived = (buffer: ArrayBuffer) => ok(new Uint8Array(buffer));
const stayedAway = () => err(brokenOff);

async function readInParts(
  request: Request,
  expected: Omit<Expected, 'isPacked' | 'mayGoOn'>,
  share: Pick<RequestShare, 'take' | 'turn'>,
): Promise<Result<Bytes, AppError<BodyFailure>>> {
  const body = unpacked(request);
  if (!body.ok) return body;
  if (body.value === null) return ok(new Uint8Array(0));
  const isPacked = body.value !== request.body;
  let leave: Leave | undefined;
  const mayGoOn = async () => {
    leave = await share.turn('unpack');
    return leave !== undefined;
  };
  try {
    return await collect(
      body.value,
      { ...expected, isPacked, mayGoOn: isPacked ? mayGoOn : undefined },
      share,
    );
  } finally {
    leave?.();
  }
}

function unpacked(
  request: Request,
): Result<ReadableStream<Uint8Array> | null, AppError<'unsupported-media-type'>> {
  const encoding = (request.headers.get('content-encoding') ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity' || request.body === null) return ok(request.body);
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    return err(appError('unsupported-media-type', 'Send the body as it is, or with Content-Encoding: gzip.'));
  }
  return ok(unpackGzip(request.body, discard));
}

type Expected = {
  readonly maxBytes: number;
  readonly declared: number | undefined;
  readonly isPacked: boolean;
  /** Asked once what is read is no longer small. */
  readonly mayGoOn: (() => Promise<boolean>) | undefined;
  readonly look: EarlyLook | undefined;
};

async function collect(
  stream: ReadableStream<Uint8Array>,
  { maxBytes, declared, isPacked, mayGoOn, look }: Expected,
  allowance: Pick<RequestShare, 'take'>,
): Promise<Result<Bytes, AppError<BodyFailure>>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  const give = async (error: AppError<BodyFailure>) => {
    // What is packed could unpack to any length for nothing: cancelled, it reads on without unpacking.
    await (isPacked ? reader.cancel() : discard(reader)).catch(() => undefined);
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
    const chunk = await readSome(reader, length > freeBytes);
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

/** `undefined` at the end. A body of no size may take its time; one that holds room of others may not. */
async function readSome(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  isHurried: boolean,
): Promise<Result<Uint8Array | undefined, AppError<BodyFailure>>> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  try {
    const reading = reader.read();
    const { done, value } = isHurried
      ? await Promise.race([
          reading,
          new Promise<never>((_, reject) => {
            timer = setTimeout(() => reject(new BodyFault(tooSlow)), idleMs);
          }),
        ])
      : await reading;
    return ok(done ? undefined : value);
  } catch (thrown) {
    // The caller has gone, a chunk is damaged, or what was packed is not what it should be: none of it a fault of ours.
    return err(thrown instanceof BodyFault ? thrown.appError : brokenOff);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
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

function cappedStream(request: Request, maxBytes: number): ReadableStream<Uint8Array> {
  const body = unpacked(request);
  if (!body.ok) throw new BodyFault(body.error);
  const reader = body.value?.getReader();
  // Whoever has read enough of a body leaves bytes of it, or only its end, on the way, and the runtime closes a connection that
  // still holds some: the caller's next request on it would be lost.
  const leave = async () => {
    if (reader !== undefined) await (body.value === request.body ? discard(reader) : reader.cancel());
  };
  let length = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = reader === undefined ? ok(undefined) : await readSome(reader, true);
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

const maxDrainedBytes = 128 * 1024 * 1024;

/**
 * Reads into nothing what a refused request still sends: many clients send all of a body before they look at the
 * answer, and would see a broken connection instead of it. Bodies beyond all reason are not waited for.
 */
export async function drainBody(request: Request): Promise<void> {
  // First what most requests are: one that was read to its end.
  if (request.bodyUsed || request.body === null || (declaredLength(request) ?? 0) > maxDrainedBytes) return;
  await discard(request.body.getReader());
}

async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const breathe = createBreather();
  for (let length = 0; length <= maxDrainedBytes; ) {
    const chunk = await readSome(reader, true);
    if (!chunk.ok || chunk.value === undefined) return;
    length += chunk.value.length;
    // What is already there is read without a pause: many MiB for nobody must not stand before everybody.
    await breathe();
  }
  await reader.cancel();
}

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

/** `Image/PNG; q=1` as `image/png`. */
export function mediaType(header: string): string {
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}
