// Reads a tar (ustar, pax, GNU long names) from a stream, holding one entry at a time. Only regular files are yielded, with
// their bytes where they are within the cap. A small reader of its own, because tar-stream needs Node's streams, which the
// edge bundle would have to carry a polyfill of.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';

export type TarEntry = {
  readonly path: string;
  readonly byteLength: number;
  /** `undefined` where the file is longer than the cap; it was skipped. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
};

const blockBytes = 512;
const maxMetadataBytes = 1024 * 1024;

/** Errors (`malformed-request`) are the last thing it yields. */
export async function* readTar(
  source: ReadableStream<Uint8Array>,
  { maxFileBytes }: { readonly maxFileBytes: number },
): AsyncGenerator<Result<TarEntry, AppError>> {
  const reader = new ByteReader(source);
  try {
    let overrides: Overrides = {};
    for (;;) {
      const block = await reader.take(blockBytes);
      if (block === undefined || isEmpty(block)) return;
      const header = parseHeader(block);
      if (header === undefined) return yield damaged('a header is not one');
      const byteLength = overrides.byteLength ?? header.byteLength;
      if (isMetadata(header.type)) {
        if (byteLength > maxMetadataBytes) return yield damaged('an extended header is too long');
        const data = await reader.takePadded(byteLength);
        if (data === undefined) return yield damaged('it ends inside a header');
        overrides = header.type === 'g' ? overrides : { ...overrides, ...parseMetadata(header.type, data) };
        continue;
      }
      const path = overrides.path ?? header.path;
      overrides = {};
      const fits = header.type === '0' && byteLength <= maxFileBytes;
      const bytes = fits ? await reader.takePadded(byteLength) : undefined;
      if (fits ? bytes === undefined : !(await reader.skipPadded(byteLength))) {
        return yield damaged('it ends inside a file');
      }
      if (header.type === '0') yield ok({ path, byteLength, bytes });
    }
  } finally {
    await reader.cancel();
  }
}

type Overrides = { readonly path?: string; readonly byteLength?: number };
type Header = { readonly path: string; readonly byteLength: number; readonly type: string };

// Offsets of the ustar header: name 0..100, size 124..136, checksum 148..156, type 156, magic 257..262, prefix 345..500.
function parseHeader(block: Uint8Array): Header | undefined {
  const byteLength = readNumber(block.subarray(124, 136));
  if (byteLength === undefined || readNumber(block.subarray(148, 156)) !== checksum(block)) return undefined;
  const name = readText(block.subarray(0, 100));
  const isUstar = readText(block.subarray(257, 262)) === 'ustar';
  const prefix = isUstar ? readText(block.subarray(345, 500)) : '';
  const flag = block[156] ?? 0;
  // NUL is how the oldest tars say "regular file", 7 how some say "contiguous file".
  const type = flag === 0 || flag === 0x37 ? '0' : String.fromCharCode(flag);
  return { path: prefix === '' ? name : `${prefix}/${name}`, byteLength, type };
}

function isMetadata(type: string): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

function parseMetadata(type: string, data: Uint8Array): Overrides {
  if (type === 'L') return { path: readText(data) };
  return type === 'x' ? parsePax(data) : {};
}

/** Records of `<length> <key>=<value>\n`, the length in decimal and of the whole record in bytes. */
function parsePax(data: Uint8Array): Overrides {
  const overrides: { path?: string; byteLength?: number } = {};
  for (let offset = 0; offset < data.length; ) {
    const space = data.indexOf(0x20, offset);
    const length = Number(decoder.decode(data.subarray(offset, space)));
    if (space === -1 || !Number.isInteger(length) || length < 1) break;
    const record = decoder.decode(data.subarray(space + 1, offset + length - 1));
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path') overrides.path = value;
    if (key === 'size' && /^\d{1,15}$/.test(value)) overrides.byteLength = Number(value);
    offset += length;
  }
  return overrides;
}

const decoder = new TextDecoder();

function readText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return decoder.decode(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or GNU's base 256 where the first bit is set. */
function readNumber(field: Uint8Array): number | undefined {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const value = field.subarray(1).reduce((number, byte) => number * 256 + byte, (field[0] ?? 0) & 0x7f);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = readText(field).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined;
}

/** The sum of all bytes, those of the checksum counted as spaces. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

function isEmpty(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

function damaged(reason: string): Result<never, AppError> {
  return err(appError('malformed-request', `The archive is not a whole tar: ${reason}.`));
}

/** Takes exact numbers of bytes from a stream of chunks. */
class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk = new Uint8Array(0) as Uint8Array;

  constructor(source: ReadableStream<Uint8Array>) {
    this.#reader = source.getReader();
  }

  /** `undefined` where the stream ends before. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = new Uint8Array(length);
    const whole = await this.#consume(length, (part, offset) => bytes.set(part, offset));
    return whole ? bytes : undefined;
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
      this.#chunk = this.#chunk.subarray(part.length);
    }
    return true;
  }
}

function padding(length: number): number {
  return (blockBytes - (length % blockBytes)) % blockBytes;
}
