// Takes exact numbers of bytes from a stream of chunks. Knows of tars only that their parts are padded to whole blocks.

import { blockBytes } from './tar-header.ts';

export class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk = new Uint8Array(0) as Uint8Array;
  #taken = 0;

  constructor(source: ReadableStream<Uint8Array>) {
    this.#reader = source.getReader();
  }

  /** Whether what has been taken is a whole number of blocks. */
  get isAtBoundary(): boolean {
    return this.#taken % blockBytes === 0;
  }

  /** `undefined` where the stream ends before. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = new Uint8Array(length);
    const whole = await this.#consume(length, (part, offset) => bytes.set(part, offset));
    return whole ? bytes : undefined;
  }

  /** To be looked at before the next is taken: it is copied only where it lies in two chunks. */
  async borrow(length: number): Promise<Uint8Array | undefined> {
    if (this.#chunk.length < length) return this.take(length);
    const bytes = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    this.#taken += length;
    return bytes;
  }

  async takePadded(length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = await this.take(length);
    return bytes !== undefined && (await this.#skip(padding(length))) ? bytes : undefined;
  }

  skipPadded(length: number): Promise<boolean> {
    return this.#skip(length + padding(length));
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }

  #skip(length: number): Promise<boolean> {
    return this.#consume(length, () => undefined);
  }

  async #consume(length: number, use: (part: Uint8Array, offset: number) => void): Promise<boolean> {
    for (let offset = 0; offset < length; ) {
      if (this.#chunk.length === 0) {
        const { done, value } = await this.#reader.read();
        if (done) return false;
        this.#chunk = value;
        continue;
      }
      const part = this.#chunk.subarray(0, length - offset);
      use(part, offset);
      offset += part.length;
      this.#taken += part.length;
      this.#chunk = this.#chunk.subarray(part.length);
    }
    return true;
  }
}

function padding(length: number): number {
  return (blockBytes - (length % blockBytes)) % blockBytes;
}
