// Reads a tar (ustar, pax, GNU long names) from a stream, holding one entry at a time, and never more of it than its caps
// allow. Regular files come with their bytes; what is no plain file is named with the reason; directories are passed over.
// A small reader of its own, because tar-stream needs Node's streams, which the edge bundle would have to carry a polyfill of.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { ByteReader } from './byte-reader.ts';
import { parseGnuName, parsePax, type TarOverrides } from './pax.ts';
import { blockBytes, hasMoreSparseBlocks, isEmptyBlock, parseHeader, type TarHeader } from './tar-header.ts';

export type TarEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly byteLength: number;
      /** `undefined` where the file is longer than the cap; it was passed over. */
      readonly bytes: Uint8Array<ArrayBuffer> | undefined;
    }
  | { readonly kind: 'refused'; readonly path: string; readonly reason: string };

export type ReadTarOptions = {
  readonly maxFileBytes: number;
  /** Awaited at every block of headers, so that a body which has arrived whole is not worked through in one go. */
  readonly breathe: () => Promise<void>;
  /** Asked before a file is held. False: there is no room for it, and the archive is given up. */
  readonly admit: (byteLength: number) => Promise<boolean>;
};

const maxMetadataBytes = 256 * 1024;
const maxPathLength = 1000;

/** Errors (`malformed-request`) are the last thing it yields; an archive without its end is one. */
export async function* readTar(
  source: ReadableStream<Uint8Array>,
  { maxFileBytes, breathe, admit }: ReadTarOptions,
): AsyncGenerator<Result<TarEntry, AppError<'malformed-request' | 'busy'>>> {
  const reader = new ByteReader(source);
  try {
    let overrides: TarOverrides = {};
    let emptyBlocks = 0;
    for (;;) {
      await breathe();
      const block = await reader.borrow(blockBytes);
      if (block === undefined)
        return yield damaged(reader.isAtBoundary ? 'it lacks its end' : 'it ends inside a header');
      if (isEmptyBlock(block)) {
        emptyBlocks += 1;
        if (emptyBlocks === 2) return;
        continue;
      }
      emptyBlocks = 0;
      const header = parseHeader(block);
      if (header === undefined) return yield damaged('a header is not one');
      if (isMetadata(header)) {
        if (header.byteLength > maxMetadataBytes) return yield damaged('an extended header is too long');
        const data = await reader.takePadded(header.byteLength);
        if (data === undefined) return yield damaged('it ends inside a header');
        const found = readMetadata(header, data);
        if (found === undefined) return yield damaged('an extended header does not fit its lengths');
        overrides = { ...overrides, ...found };
        continue;
      }
      const entry = await readEntry(reader, block, header, overrides, { maxFileBytes, admit });
      overrides = {};
      if (entry === undefined) return yield damaged('it ends inside a file');
      if (entry === 'no room') return yield noRoom;
      if (entry !== 'directory') yield ok(entry);
    }
  } finally {
    await reader.cancel();
  }
}

/** `undefined` where the stream ends before the entry does. */
async function readEntry(
  reader: ByteReader,
  block: Uint8Array,
  header: TarHeader,
  overrides: TarOverrides,
  { maxFileBytes, admit }: Pick<ReadTarOptions, 'maxFileBytes' | 'admit'>,
): Promise<TarEntry | 'directory' | 'no room' | undefined> {
  const path = overrides.path ?? header.path;
  const byteLength = overrides.byteLength ?? header.byteLength;
  const reason = refusalOf(header, overrides, path);
  const isWanted = header.type === '0' && reason === undefined && byteLength <= maxFileBytes;
  if (isWanted) {
    if (!(await admit(byteLength))) return 'no room';
    const bytes = await reader.takePadded(byteLength);
    return bytes && { kind: 'file', path, byteLength, bytes };
  }
  if (header.type === 'S' && !(await skipSparseMap(reader, block))) return undefined;
  if (hasContent(header) && !(await reader.skipPadded(byteLength))) return undefined;
  if (header.type === '5' || header.type === 'D') return 'directory';
  if (reason !== undefined) return { kind: 'refused', path, reason };
  return { kind: 'file', path, byteLength, bytes: undefined };
}

const noRoom = err(
  appError('busy', 'Too many pictures are being read at once. Send the archive again in a moment.', {
    retryAfterSeconds: 5,
  }),
);

const kinds: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
  S: 'a sparse file',
};

function refusalOf({ type }: TarHeader, { isSparse }: TarOverrides, path: string): string | undefined {
  if (path.length > maxPathLength) return `The name has more than ${maxPathLength} characters.`;
  if (/\p{Cc}/u.test(path)) return 'The name holds control characters.';
  if (type === '0')
    return isSparse === true ? 'It is a sparse file, and only plain ones are read.' : undefined;
  return `It is ${kinds[type] ?? 'something else than a file'}, and only plain files are read.`;
}

/** Links, devices and directories state a length at times, and have nothing after their header. */
function hasContent({ type }: TarHeader): boolean {
  return !['1', '2', '3', '4', '5', '6'].includes(type);
}

function isMetadata({ type }: TarHeader): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

/** What is global, and where a link leads, is of no use here; the records of both must be sound all the same. */
function readMetadata({ type }: TarHeader, data: Uint8Array): TarOverrides | undefined {
  if (type === 'L') return { path: parseGnuName(data) };
  if (type === 'K') return {};
  const records = parsePax(data);
  return type === 'g' ? records && {} : records;
}

/** GNU's old sparse files have further blocks of their map before the data. */
async function skipSparseMap(reader: ByteReader, header: Uint8Array): Promise<boolean> {
  let block: Uint8Array | undefined = header;
  for (let offset = 482; hasMoreSparseBlocks(block, offset); offset = 504) {
    block = await reader.take(blockBytes);
    if (block === undefined) return false;
  }
  return true;
}

function damaged(reason: string): Result<never, AppError<'malformed-request'>> {
  return err(appError('malformed-request', `The archive is not a whole tar: ${reason}.`));
}
