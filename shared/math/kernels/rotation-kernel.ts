// One sweep of plane rotations along the rows of a panel: the WebAssembly kernel and the same in JavaScript, which agree to
// the last bit. A panel is [n, panelColumns], so that it stays in the first-level cache for many sweeps.

import {
  assemble,
  type Code,
  float64x2,
  load,
  loadSplat64,
  op,
  repeatWhile,
  step,
  store,
  unrolled,
} from './wasm-assembler.ts';

export const panelColumns = 8;
const panelRowBytes = panelColumns * Float64Array.BYTES_PER_ELEMENT;
const rotationBytes = 2 * Float64Array.BYTES_PER_ELEMENT;

/** Float64 of a v128. */
const lanes = 2;
const vectors = panelColumns / lanes;

const local = { row: 0, end: 1, rotation: 2, cosine: 3, sine: 4, left: 5, carried: 6 } as const;

/**
 * The module's bytes. It exports `rotate(high, low, rotations)`: byte addresses of rows `high` and `low` < `high` of a panel,
 * and of the (cosine, sine) of rows (high − 1, high), then of those below, down to (low, low + 1).
 */
export function rotationModule(): Uint8Array<ArrayBuffer> {
  return assemble({
    name: 'rotate',
    parameters: local.cosine,
    locals: { i32: 0, v128: local.carried + vectors - local.cosine },
    body: [
      ...unrolled(vectors, (at) => [...load(local.row, vectorBytes(at)), op.set, local.carried + at]),
      ...repeatWhile(local.row, 'above', local.end, [
        ...step(local.row, -panelRowBytes),
        ...[...loadSplat64(local.rotation, 0), op.set, local.cosine],
        ...[...loadSplat64(local.rotation, rotationBytes / 2), op.set, local.sine],
        ...unrolled(vectors, rotate),
        ...step(local.rotation, rotationBytes),
      ]),
      ...unrolled(vectors, (at) => store(local.row, vectorBytes(at), [op.get, local.carried + at])),
    ],
  });
}

/** One vector of the row on the left and the carried one: the second is written to its place, the first carried on. */
function rotate(at: number): Code {
  const carried = local.carried + at;
  return [
    ...[...load(local.row, vectorBytes(at)), op.set, local.left],
    ...store(local.row, panelRowBytes + vectorBytes(at), [
      ...product(local.sine, local.left),
      ...product(local.cosine, carried),
      ...float64x2.add,
    ]),
    ...product(local.cosine, local.left),
    ...product(local.sine, carried),
    ...float64x2.subtract,
    ...[op.set, carried],
  ];
}

function product(a: number, b: number): Code {
  return [op.get, a, op.get, b, ...float64x2.multiply];
}

function vectorBytes(at: number): number {
  return at * lanes * Float64Array.BYTES_PER_ELEMENT;
}

/** The same on a panel of its own, for runtimes without the kernel; `rotations` from its first value on. */
export function rotatePanel(panel: Float64Array, high: number, low: number, rotations: Float64Array): void {
  for (let column = 0; column < panelColumns; column++) {
    let carried = panel[high * panelColumns + column] as number;
    let at = 0;
    for (let row = high - 1; row >= low; row--) {
      const cosine = rotations[at++] as number;
      const sine = rotations[at++] as number;
      const left = panel[row * panelColumns + column] as number;
      panel[(row + 1) * panelColumns + column] = sine * left + cosine * carried;
      carried = cosine * left - sine * carried;
    }
    panel[low * panelColumns + column] = carried;
  }
}
