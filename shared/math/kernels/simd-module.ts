// The WebAssembly kernel for A Bᵀ, 16 bytes of a row at a time. JavaScript has no vector instructions, and a fit is mostly this
// product.

import {
  addMultiple,
  assemble,
  type Code,
  copy,
  load,
  multipleOf,
  op,
  repeatWhile,
  step,
  unrolled,
  unsigned,
  zeroVector,
} from './wasm-assembler.ts';

/** Rows of A and of B that one tile multiplies, and bytes one step of the inner loop takes: operands are padded to these. */
export const tileRowsA = 2;
export const tileRowsB = 4;
export const stepBytes = 32;

export type Precision = 'float32' | 'float64';

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
const parameters = local.rowA;

/**
 * The module's bytes. It imports `env.memory` and exports
 * `product(a, b, out, endA, endB, strideBytes, outStrideBytes)`: byte addresses of A, B and out, where A and B end, and the
 * lengths of a row of A or B and of out. Rows are whole steps long; A and B hold whole tiles of rows. `rowsA` 1 is for
 * products with one vector at a time, which would waste half of a tile of two.
 */
export function simdModule(precision: Precision, rowsA: 1 | 2 = tileRowsA): Uint8Array<ArrayBuffer> {
  const of: Shape = { ...arithmetic[precision], rowsA };
  return assemble({
    name: 'product',
    parameters,
    locals: { i32: local.value - parameters, v128: 1 + tileRowsA + tileRowsA * tileRowsB },
    body: overRowsOfA(of, overRowsOfB(of, [...startTile(of), ...innerLoop(of), ...storeTile(of)])),
  });
}

function overRowsOfA({ rowsA }: Shape, inner: Code): Code {
  return [
    ...copy(local.a, local.rowA),
    ...copy(local.out, local.outRow),
    ...repeatWhile(local.rowA, 'below', local.endA, [
      ...inner,
      ...addMultiple(local.outRow, local.outStrideBytes, rowsA, local.outRow),
      ...addMultiple(local.rowA, local.strideBytes, rowsA, local.rowA),
    ]),
  ];
}

function overRowsOfB({ bytes }: Shape, inner: Code): Code {
  return [
    ...copy(local.b, local.rowB),
    ...copy(local.outRow, local.outCell),
    ...repeatWhile(local.rowB, 'below', local.endB, [
      ...inner,
      ...step(local.outCell, tileRowsB * bytes),
      ...addMultiple(local.rowB, local.strideBytes, tileRowsB, local.rowB),
    ]),
  ];
}

/** Points at the tile's rows and clears its sums. */
function startTile({ rowsA }: Shape): Code {
  return [
    ...unrolled(rowsA, (row) => addMultiple(local.rowA, local.strideBytes, row, local.pointerA + row)),
    ...unrolled(tileRowsB, (row) => addMultiple(local.rowB, local.strideBytes, row, local.pointerB + row)),
    ...addMultiple(local.rowA, local.strideBytes, 1, local.endInner),
    ...unrolled(rowsA * tileRowsB, (cell) => [...zeroVector, op.set, local.sums + cell]),
  ];
}

function innerLoop(of: Shape): Code {
  return repeatWhile(local.pointerA, 'below', local.endInner, [
    ...multiplyAdd(of, 0),
    ...multiplyAdd(of, 16),
    ...unrolled(of.rowsA, (row) => step(local.pointerA + row, stepBytes)),
    ...unrolled(tileRowsB, (row) => step(local.pointerB + row, stepBytes)),
  ]);
}

/** Every sum += row of A * row of B, for the 16 bytes at `offset`. */
function multiplyAdd(of: Shape, offset: number): Code {
  return [
    ...unrolled(of.rowsA, (row) => [...load(local.pointerA + row, offset), op.set, local.valueA + row]),
    ...unrolled(tileRowsB, (column) => [
      ...load(local.pointerB + column, offset),
      ...[op.set, local.value],
      ...unrolled(of.rowsA, (row) => {
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
  return unrolled(of.rowsA * tileRowsB, (cell) => {
    const extract = (index: number) => [op.get, local.sums + cell, op.simd, ...of.extract, index];
    const row = Math.floor(cell / tileRowsB);
    return [
      ...multipleOf(local.outCell, local.outStrideBytes, row),
      ...extract(0),
      ...unrolled(of.lanes - 1, (index) => [...extract(index + 1), of.add]),
      ...[...of.store, ...unsigned((cell % tileRowsB) * of.bytes)],
    ];
  });
}
