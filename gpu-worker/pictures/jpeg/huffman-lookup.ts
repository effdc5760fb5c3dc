// Huffman codes (ITU-T T.81, annex C) as tables that the kernel looks the next bits up in. An entry is 32 bits: how many are taken (5
// bits), whether the number behind the code is in it already (0x80), the code's symbol (8 bits), that number (16 bits). 0: a longer
// code, for which there is the first code beyond those of each length, and where its symbols are.

import type { HuffmanTable } from './jpeg-head.ts';

/** As in assembly/scan.ts. */
const lookBits = 11;
const maxLength = 16;
const entriesBytes = 4 * 2 ** lookBits;
const perLengthBytes = 4 * (maxLength + 1);

export const lookupBytes = entriesBytes + 2 * perLengthBytes + 256;

/** Of DC differences of 8-bit pictures, in bits. */
const maxDifferenceBits = 11;

/** Writes the table to `at`, a multiple of 4. False where codes are none, or too long for what they stand for. */
export function writeLookup(
  buffer: ArrayBuffer,
  at: number,
  { counts, symbols }: HuffmanTable,
  kind: 'dc' | 'ac',
): boolean {
  if (kind === 'dc' && symbols.some((bits) => bits > maxDifferenceBits)) return false;
  const entries = new Int32Array(buffer, at, entriesBytes / 4).fill(0);
  const limits = new Int32Array(buffer, at + entriesBytes, maxLength + 1);
  const offsets = new Int32Array(buffer, at + entriesBytes + perLengthBytes, maxLength + 1);
  new Uint8Array(buffer, at + entriesBytes + 2 * perLengthBytes, 256).set(symbols);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= maxLength; length++, code <<= 1) {
    offsets[length] = index - code;
    const endOfCodes = code + (counts[length - 1] ?? 0);
    if (endOfCodes > 1 << length) return false;
    for (; code < endOfCodes; code++, index++) {
      if (length <= lookBits) fillEntries(entries, code, length, symbols[index] ?? 0);
    }
    limits[length] = code << (maxLength - length);
  }
  return true;
}

function fillEntries(entries: Int32Array, code: number, length: number, symbol: number): void {
  const spare = lookBits - length;
  const size = symbol & 15;
  for (let rest = 0; rest < 1 << spare; rest++) {
    const isWhole = size <= spare;
    const value = isWhole ? extended(rest >> (spare - size), size) : 0;
    entries[(code << spare) | rest] =
      (value << 16) | (symbol << 8) | (isWhole ? 0x80 | (length + size) : length);
  }
}

/** `size` bits of a number that is negative where they begin with 0. */
function extended(bits: number, size: number): number {
  if (size === 0) return 0;
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
