// A TIFF of 2 x 2 pixels of one CIE L*a*b* colour, uncompressed, written byte by byte: no tool at hand writes 16 bits of it.

const side = 2;
const [short, long] = [3, 4];
const headBytes = 8;
const entryBytes = 12;

/** `levels` as they are stored: L from 0, a and b as two's complement. */
export function labTiff(
  levels: readonly number[],
  bits: 8 | 16,
  isLittleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const entryCount = 9;
  const depths = headBytes + 2 + entryCount * entryBytes + 4;
  const pixels = depths + 6;
  const byteLength = side * side * 3 * (bits / 8);
  const entries = [
    [256, short, 1, side],
    [257, short, 1, side],
    [258, short, 3, depths],
    [259, short, 1, 1],
    [262, short, 1, 8],
    [273, long, 1, pixels],
    [277, short, 1, 3],
    [278, short, 1, side],
    [279, long, 1, byteLength],
  ] as const;
  const view = new DataView(new ArrayBuffer(pixels + byteLength));
  view.setUint16(0, isLittleEndian ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, isLittleEndian);
  view.setUint32(4, headBytes, isLittleEndian);
  view.setUint16(headBytes, entryCount, isLittleEndian);
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = headBytes + 2 + index * entryBytes;
    view.setUint16(at, tag, isLittleEndian);
    view.setUint16(at + 2, type, isLittleEndian);
    view.setUint32(at + 4, count, isLittleEndian);
    if (type === short && count === 1) view.setUint16(at + 8, value, isLittleEndian);
    else view.setUint32(at + 8, value, isLittleEndian);
  }
  for (let i = 0; i < 3; i++) view.setUint16(depths + 2 * i, bits, isLittleEndian);
  for (let i = 0; i < side * side * 3; i++) {
    const level = levels[i % 3] ?? 0;
    if (bits === 8) view.setUint8(pixels + i, level);
    else view.setUint16(pixels + 2 * i, level, isLittleEndian);
  }
  return new Uint8Array(view.buffer);
}
