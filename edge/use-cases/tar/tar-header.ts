// One block of 512 bytes as the header of a tar entry. Knows no stream.

export const blockBytes = 512;

export type TarHeader = {
  readonly path: string;
  readonly byteLength: number;
  /** The type's character; `0` for every kind of plain file. */
  readonly type: string;
};

// Offsets of the ustar header: name 0..100, size 124..136, checksum 148..156, type 156, magic 257..262, prefix 345..500.
/** `undefined` where the checksum or the length is none. */
export function parseHeader(block: Uint8Array): TarHeader | undefined {
  const byteLength = readNumber(block.subarray(124, 136));
  if (byteLength === undefined || readNumber(block.subarray(148, 156)) !== checksum(block)) return undefined;
  const name = readText(block.subarray(0, 100));
  // GNU's own magic ends in a space, and what stands after it at the prefix's place is something else.
  const isUstar = readText(block.subarray(257, 263)) === 'ustar';
  const prefix = isUstar ? readText(block.subarray(345, 500)) : '';
  const flag = block[156] ?? 0;
  // NUL is how the oldest tars say "regular file", 7 how some say "contiguous file"; a slash at the end made it a directory.
  const isOldFile = flag === 0 || flag === 0x37;
  const type = isOldFile ? (name.endsWith('/') ? '5' : '0') : String.fromCharCode(flag);
  return { path: prefix === '' ? name : `${prefix}/${name}`, byteLength, type };
}

/** Whether the map of a GNU sparse file goes on in the next block. */
export function hasMoreSparseBlocks(block: Uint8Array, offset: number): boolean {
  return (block[offset] ?? 0) !== 0;
}

export function isEmptyBlock(block: Uint8Array): boolean {
  for (const byte of block) if (byte !== 0) return false;
  return true;
}

const decoder = new TextDecoder();

export function readText(field: Uint8Array): string {
  const end = field.indexOf(0);
  return decoder.decode(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or GNU's base 256 where the first bit is set. A negative one is none. */
function readNumber(field: Uint8Array): number | undefined {
  const first = field[0] ?? 0;
  if ((first & 0x80) !== 0) {
    if ((first & 0x40) !== 0) return undefined;
    const value = field.subarray(1).reduce((number, byte) => number * 256 + byte, first & 0x3f);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = readText(field).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined;
}

/** The sum of all bytes, those of the checksum counted as spaces. */
function checksum(block: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < block.length; index++) {
    sum += index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
  }
  return sum;
}
