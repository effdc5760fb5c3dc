// The WebAssembly kernel for the step of a Householder reduction that costs: see reduction-space.ts for what it computes on
// which layout. Rows are taken in pairs, upper and lower, and columns in pairs too.

import {
  addMultiple,
  assemble,
  type Code,
  copy,
  float64x2,
  load,
  loadSplat64,
  op,
  repeatWhile,
  step,
  store,
  sumsOfLanes,
  when,
  zeroVector,
} from './wasm-assembler.ts';

const valueBytes = Float64Array.BYTES_PER_ELEMENT;
const pairBytes = 2 * valueBytes;

/** `v`, `w`, `u`, `product` are where vectors begin; `ofRow…` is the place of a pair of rows in them, `at…` that of columns. */
const local = {
  upper: 0,
  end: 1,
  strideBytes: 2,
  v: 3,
  w: 4,
  u: 5,
  product: 6,
  lower: 7,
  ofRowV: 8,
  ofRowW: 9,
  ofRowU: 10,
  ofRowProduct: 11,
  atUpper: 12,
  atLower: 13,
  atV: 14,
  atW: 15,
  atU: 16,
  atProduct: 17,
  upperV: 18,
  upperW: 19,
  upperU: 20,
  lowerV: 21,
  lowerW: 22,
  lowerU: 23,
  upperSum: 24,
  lowerSum: 25,
  upperValue: 26,
  lowerValue: 27,
  columnsV: 28,
  columnsW: 29,
  columnsU: 30,
  count: 31,
} as const;

/**
 * The module's bytes. It exports `reduce(matrix, end, strideBytes, v, w, u, product)`: byte addresses of the matrix, of where its
 * rows end, and of the vectors.
 */
export function reductionModule(): Uint8Array<ArrayBuffer> {
  return assemble({
    name: 'reduce',
    parameters: local.lower,
    locals: { i32: local.upperV - local.lower, v128: local.count - local.upperV },
    body: [
      ...copy(local.v, local.ofRowV),
      ...copy(local.w, local.ofRowW),
      ...copy(local.u, local.ofRowU),
      ...copy(local.product, local.ofRowProduct),
      ...repeatWhile(local.upper, 'below', local.end, [
        ...beginRows(),
        ...when(
          local.atV,
          'below',
          local.ofRowV,
          repeatWhile(local.atV, 'below', local.ofRowV, [
            ...updateColumns(),
            ...addToProduct(),
            ...[local.atUpper, local.atLower, local.atV, local.atW, local.atU, local.atProduct].flatMap(
              (at) => step(at, pairBytes),
            ),
          ]),
        ),
        ...updateColumns(),
        ...store(local.ofRowProduct, 0, sumsOfLanes(local.upperSum, local.lowerSum)),
        ...addMultiple(local.upper, local.strideBytes, 2, local.upper),
        ...[local.ofRowV, local.ofRowW, local.ofRowU, local.ofRowProduct].flatMap((at) =>
          step(at, pairBytes),
        ),
      ]),
    ],
  });
}

/** Points at the first columns of a pair of rows and takes what the vectors have for the rows. */
function beginRows(): Code {
  return [
    ...addMultiple(local.upper, local.strideBytes, 1, local.lower),
    ...copy(local.upper, local.atUpper),
    ...copy(local.lower, local.atLower),
    ...copy(local.v, local.atV),
    ...copy(local.w, local.atW),
    ...copy(local.u, local.atU),
    ...copy(local.product, local.atProduct),
    ...[...loadSplat64(local.ofRowV, 0), op.set, local.upperV],
    ...[...loadSplat64(local.ofRowW, 0), op.set, local.upperW],
    ...[...loadSplat64(local.ofRowU, 0), op.set, local.upperU],
    ...[...loadSplat64(local.ofRowV, valueBytes), op.set, local.lowerV],
    ...[...loadSplat64(local.ofRowW, valueBytes), op.set, local.lowerW],
    ...[...loadSplat64(local.ofRowU, valueBytes), op.set, local.lowerU],
    ...[...zeroVector, op.set, local.upperSum],
    ...[...zeroVector, op.set, local.lowerSum],
  ];
}

/** Two columns of both rows: the update, and their part of the products that belong to the rows. */
function updateColumns(): Code {
  const row = (at: number, rowV: number, rowW: number, value: number, sum: number): Code => [
    ...store(at, 0, [
      ...load(at, 0),
      ...[op.get, rowV, op.get, local.columnsW, ...float64x2.multiply],
      ...[op.get, rowW, op.get, local.columnsV, ...float64x2.multiply],
      ...float64x2.add,
      ...float64x2.subtract,
      ...[op.tee, value],
    ]),
    ...[op.get, sum, op.get, value, op.get, local.columnsU],
    ...[...float64x2.multiply, ...float64x2.add, op.set, sum],
  ];
  return [
    ...[...load(local.atV, 0), op.set, local.columnsV],
    ...[...load(local.atW, 0), op.set, local.columnsW],
    ...[...load(local.atU, 0), op.set, local.columnsU],
    ...row(local.atUpper, local.upperV, local.upperW, local.upperValue, local.upperSum),
    ...row(local.atLower, local.lowerV, local.lowerW, local.lowerValue, local.lowerSum),
  ];
}

/** Both rows' part of the products that belong to the two columns, which are rows of the other triangle. */
function addToProduct(): Code {
  return store(local.atProduct, 0, [
    ...load(local.atProduct, 0),
    ...[op.get, local.upperU, op.get, local.upperValue, ...float64x2.multiply],
    ...[op.get, local.lowerU, op.get, local.lowerValue, ...float64x2.multiply],
    ...float64x2.add,
    ...float64x2.add,
  ]);
}
