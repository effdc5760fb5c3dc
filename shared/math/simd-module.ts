// A WebAssembly module of one function, assembled from the opcodes below: A Bᵀ, 16 bytes of a row at a time.
// JavaScript has no vector instructions, and a fit is mostly this product. It is written out here rather than compiled
// from another language so that what runs is what is read. Specification: webassembly.github.io/spec, SIMD included.

/** Rows of A and of B that one tile multiplies, and bytes one step of the inner loop takes: operands are padded to these. */
export const tileRowsA = 2;
export const tileRowsB = 4;
export const stepBytes = 32;

export type Precision = 'float32' | 'float64';

const lane = { i32: 0x7f, v128: 0x7b } as const;
const op = {
  loop: 0x03,
  end: 0x0b,
  brIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  i32Const: 0x41,
  i32LessUnsigned: 0x49,
  i32Add: 0x6a,
  i32Multiply: 0x6c,
  simd: 0xfd,
} as const;
const simd = { load: [0x00], constant: [0x0c] } as const;

/** What differs between the two precisions: bytes and lanes of a value, and the opcodes that take them. */
const arithmetic = {
  float32: {
    bytes: 4,
    lanes: 4,
    store: [0x38, 2],
    add: 0x92,
    extract: [0x1f],
    addLanes: [0xe4, 0x01],
    multiplyLanes: [0xe6, 0x01],
  },
  float64: {
    bytes: 8,
    lanes: 2,
    store: [0x39, 3],
    add: 0xa0,
    extract: [0x21],
    addLanes: [0xf0, 0x01],
    multiplyLanes: [0xf2, 0x01],
  },
} as const;
type Arithmetic = (typeof arithmetic)[Precision];
/** What a module is assembled for: a precision, and how many rows of A a tile has, at most `tileRowsA`. */
type Shape = Arithmetic & { readonly rowsA: number };
const emptyBlock = 0x40;

type Code = readonly number[];

const local = {
  a: 0,
  b: 1,
  out: 2,
  endA: 3,
  endB: 4,
  strideBytes: 5,
  outStrideBytes: 6,
  rowA: 7,
  rowB: 8,
  outRow: 9,
  outCell: 10,
  endInner: 11,
  pointerA: 12,
  pointerB: 14,
  value: 18,
  valueA: 19,
  sums: 21,
} as const;
const parameterCount = 7;
const pointerLocals = local.value - parameterCount;
const vectorLocals = 1 + tileRowsA + tileRowsA * tileRowsB;

/**
 * The module's bytes. It imports `env.memory` and exports
 * `product(a, b, out, endA, endB, strideBytes, outStrideBytes)`: byte addresses of A, B and out, where A and B end, and the
 * lengths of a row of A or B and of out. Rows are whole steps long; A and B hold whole tiles of rows. `rowsA` 1 is for
 * products with one vector at a time, which would waste half of a tile of two.
 */
export function simdModule(precision: Precision, rowsA: 1 | 2 = tileRowsA): Uint8Array<ArrayBuffer> {
  const of: Shape = { ...arithmetic[precision], rowsA };
  const body = [
    ...vector([
      [...unsigned(pointerLocals), lane.i32],
      [...unsigned(vectorLocals), lane.v128],
    ]),
    ...overRowsOfA(of, overRowsOfB(of, [...startTile(of), ...innerLoop(of), ...storeTile(of)])),
    op.end,
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([[0x60, ...vector(new Array<Code>(parameterCount).fill([lane.i32])), 0x00]])),
    ...section(2, vector([[...name('env'), ...name('memory'), 0x02, 0x00, 0x01]])),
    ...section(3, vector([[0x00]])),
    ...section(7, vector([[...name('product'), 0x00, 0x00]])),
    ...section(10, vector([[...unsigned(body.length), ...body]])),
  ]);
}

function overRowsOfA({ rowsA }: Shape, inner: Code): Code {
  return [
    ...copy(local.a, local.rowA),
    ...copy(local.out, local.outRow),
    ...[op.loop, emptyBlock],
    ...inner,
    ...advance(local.outRow, local.outStrideBytes, rowsA),
    ...advance(local.rowA, local.strideBytes, rowsA),
    ...repeatWhileBelow(local.rowA, local.endA),
  ];
}

function overRowsOfB({ bytes }: Shape, inner: Code): Code {
  return [
    ...copy(local.b, local.rowB),
    ...copy(local.outRow, local.outCell),
    ...[op.loop, emptyBlock],
    ...inner,
    ...step(local.outCell, tileRowsB * bytes),
    ...advance(local.rowB, local.strideBytes, tileRowsB),
    ...repeatWhileBelow(local.rowB, local.endB),
  ];
}

/** Points at the tile's rows and clears its sums. */
function startTile({ rowsA }: Shape): Code {
  return [
    ...rows(rowsA, (row) => rowPointer(local.rowA, row, local.pointerA + row)),
    ...rows(tileRowsB, (row) => rowPointer(local.rowB, row, local.pointerB + row)),
    ...rowPointer(local.rowA, 1, local.endInner),
    ...rows(rowsA * tileRowsB, (cell) => [
      ...[op.simd, ...simd.constant, ...new Array<number>(16).fill(0)],
      ...[op.set, local.sums + cell],
    ]),
  ];
}

function innerLoop(of: Shape): Code {
  return [
    ...[op.loop, emptyBlock],
    ...multiplyAdd(of, 0),
    ...multiplyAdd(of, 16),
    ...rows(of.rowsA, (row) => step(local.pointerA + row, stepBytes)),
    ...rows(tileRowsB, (row) => step(local.pointerB + row, stepBytes)),
    ...repeatWhileBelow(local.pointerA, local.endInner),
  ];
}

/** Every sum += row of A * row of B, for the 16 bytes at `offset`. */
function multiplyAdd(of: Shape, offset: number): Code {
  return [
    ...rows(of.rowsA, (row) => [...load(local.pointerA + row, offset), op.set, local.valueA + row]),
    ...rows(tileRowsB, (column) => [
      ...load(local.pointerB + column, offset),
      ...[op.set, local.value],
      ...rows(of.rowsA, (row) => {
        const sum = local.sums + row * tileRowsB + column;
        return [
          ...[op.get, sum, op.get, local.valueA + row, op.get, local.value],
          ...[op.simd, ...of.multiplyLanes, op.simd, ...of.addLanes, op.set, sum],
        ];
      }),
    ]),
  ];
}

/** Adds the lanes of every sum from the first on, and stores it. */
function storeTile(of: Shape): Code {
  return rows(of.rowsA * tileRowsB, (cell) => {
    const extract = (index: number) => [op.get, local.sums + cell, op.simd, ...of.extract, index];
    const row = Math.floor(cell / tileRowsB);
    return [
      ...[op.get, local.outCell, op.get, local.outStrideBytes, op.i32Const, row, op.i32Multiply, op.i32Add],
      ...extract(0),
      ...rows(of.lanes - 1, (index) => [...extract(index + 1), of.add]),
      ...[...of.store, ...unsigned((cell % tileRowsB) * of.bytes)],
    ];
  });
}

function rows(count: number, code: (index: number) => Code): Code {
  return Array.from({ length: count }, (_, index) => code(index)).flat();
}

function load(pointer: number, offset: number): Code {
  return [op.get, pointer, op.simd, ...simd.load, 2, ...unsigned(offset)];
}

function copy(from: number, to: number): Code {
  return [op.get, from, op.set, to];
}

/** to = base + row · stride. */
function rowPointer(base: number, row: number, to: number): Code {
  return [op.get, base, op.get, local.strideBytes, op.i32Const, row, op.i32Multiply, op.i32Add, op.set, to];
}

function advance(target: number, strideBytes: number, times: number): Code {
  return [op.get, target, op.get, strideBytes, op.i32Const, times, op.i32Multiply, op.i32Add, op.set, target];
}

/** Bytes below 64, so that the signed constant is one byte. */
function step(target: number, bytes: number): Code {
  return [op.get, target, op.i32Const, bytes, op.i32Add, op.set, target];
}

function repeatWhileBelow(pointer: number, end: number): Code {
  return [op.get, pointer, op.get, end, op.i32LessUnsigned, op.brIf, 0, op.end];
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): Code {
  return vector(Array.from(text, (character) => [character.charCodeAt(0)]));
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
