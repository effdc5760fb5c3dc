// Checks a container file (`.stats`) while it streams from the worker to storage: magic, version, trailing SHA-256.
// Holds the header and 32 bytes, never the file; what the header must look like is the caller's schema.

import { type ContainerKind, hashBytes, prefixBytes, readPrefix } from '#shared/codec/container-layout.ts';
import { timingSafeEqual, toHex } from '#shared/digest.ts';
import { createBreather, giveWay } from './breathe.ts';
import { isolateCallers } from './isolate-callers.ts';

/**
 * Each piece costs a handful of hops whatever its size, and is checked and stored in one go, during which nobody else is served:
 * smaller ones for a second after each caller.
 */
const pieceBytes = { alone: 512 * 1024, besideCallers: 128 * 1024 };

export class DamagedContainer extends Error {}

export type CheckedContainer = {
  readonly stream: ReadableStream<Uint8Array>;
  /** Once the stream has been read to its end without error: the header as parsed JSON, the SHA-256 of the whole file. */
  content(): Promise<{ readonly header: unknown; readonly sha256: string }>;
  /** Whether the file broke off or was damaged, so that whoever reads the stream has failed for no fault of their own. */
  isBroken(): boolean;
};

/** The stream errors with DamagedContainer at the end of a file that is not what it says. */
export function checkContainer(source: ReadableStream<Uint8Array>, kind: ContainerKind): CheckedContainer {
  const [body, whole] = [startDigest(), startDigest()];
  const start = new HeaderCollector(kind);
  let tail = new Uint8Array(0);
  let isBroken = false;
  const noteBreak = (thrown: unknown): never => {
    isBroken = true;
    throw thrown;
  };
  const checkEnd = async () => {
    await Promise.all([body.writer.close(), whole.writer.close()]);
    if (!timingSafeEqual(new Uint8Array(await body.digest), tail)) {
      throw new DamagedContainer('the SHA-256 at the end does not match');
    }
    start.check();
  };
  const checker = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      try {
        start.add(chunk);
      } catch (thrown) {
        noteBreak(thrown);
      }
      const pending = concat(tail, chunk);
      const settled = pending.subarray(0, Math.max(0, pending.byteLength - hashBytes));
      tail = pending.slice(settled.byteLength);
      // Not the bytes that go on: their buffer is no longer ours once they have been passed.
      await Promise.all([body.writer.write(settled), whole.writer.write(chunk.slice())]);
      controller.enqueue(chunk);
    },
    flush: () => checkEnd().catch(noteBreak),
  });
  return {
    stream: inLargePieces(source, noteBreak).pipeThrough(checker),
    isBroken: () => isBroken,
    content: async () => ({ header: start.header, sha256: toHex(new Uint8Array(await whole.digest)) }),
  };
}

/** The network hands on a few kilobytes at a time. `readAtLeast` is the platform's own. */
function inLargePieces(
  source: ReadableStream<Uint8Array>,
  onFailure: (thrown: unknown) => never,
): ReadableStream<Uint8Array> {
  const reader = source.getReader({ mode: 'byob' }) as ReadableStreamBYOBReader & AtLeastReader;
  const breathe = createBreather();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const areAbout = isolateCallers.areAbout();
      await (areAbout ? giveWay() : breathe());
      const wanted = areAbout ? pieceBytes.besideCallers : pieceBytes.alone;
      const { done, value } = await reader.readAtLeast(wanted, new Uint8Array(wanted)).catch(onFailure);
      if (value !== undefined && value.byteLength > 0) controller.enqueue(value);
      if (done) controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

type AtLeastReader = {
  /** Fewer bytes only at the end. */
  readAtLeast(
    minBytes: number,
    into: Uint8Array,
  ): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
};

function startDigest() {
  const stream = new crypto.DigestStream('SHA-256');
  // Awaited at the end; an aborted stream must not also be an unhandled rejection.
  stream.digest.catch(() => undefined);
  return { writer: stream.getWriter(), digest: stream.digest };
}

/** Takes the start of a file as it comes; throws DamagedContainer as soon as it is not one. */
export class HeaderCollector {
  header: unknown;
  #bytes = new Uint8Array(0);
  readonly #kind: ContainerKind;

  constructor(kind: ContainerKind) {
    this.#kind = kind;
  }

  add(chunk: Uint8Array): void {
    if (this.header !== undefined) return;
    this.#bytes = concat(this.#bytes, chunk);
    if (this.#bytes.byteLength < prefixBytes) return;
    const headerBytes = readPrefix(this.#bytes, this.#kind);
    if (!headerBytes.ok) throw new DamagedContainer(headerBytes.error);
    const headerEnd = prefixBytes + headerBytes.value;
    if (this.#bytes.byteLength < headerEnd) return;
    const text = new TextDecoder().decode(this.#bytes.subarray(prefixBytes, headerEnd));
    this.#bytes = new Uint8Array(0);
    try {
      this.header = JSON.parse(text);
    } catch {
      throw new DamagedContainer('its header is not JSON');
    }
  }

  check(): void {
    if (this.header === undefined) throw new DamagedContainer('it ends before its header does');
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.byteLength + b.byteLength);
  bytes.set(a);
  bytes.set(b, a.byteLength);
  return bytes;
}
