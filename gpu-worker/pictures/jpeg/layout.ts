// Where in the memory of the JPEG kernels everything lies for one picture, and what they read written there.

import { aligned } from '#shared/pixels/kernels/pixel-space.ts';
import { lookupBytes, writeLookup } from './huffman-lookup.ts';
import type { JpegHead } from './jpeg-head.ts';

/** Kernels read and write up to a step of theirs beyond what they are given. */
export const slackBytes = 64;
const blockSide = 8;
export const componentBytes = 32;
/** Whose colours are made before they are taken away: few enough for a processor's nearest memory. */
export const blockRows = 16;

/** Where each coefficient, in the order of the file, has its place in a block (T.81, figure A.6). */
const zigzag = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6],
  ...[7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31],
  ...[39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
);

export type Plane = { readonly at: number; readonly stride: number };

export type Layout = {
  readonly mcusAcross: number;
  readonly mcusDown: number;
  readonly atBlock: number;
  readonly atComponents: number;
  readonly atQuantisers: number;
  /** Of each component: of its DC and of its AC coefficients. */
  readonly lookups: readonly (readonly [dc: number, ac: number])[];
  readonly atData: number;
  readonly planes: readonly Plane[];
  readonly atSums: readonly [blue: number, red: number];
  readonly atRgb: number;
  readonly end: number;
};

export function layOut({ width, height, components }: JpegHead, dataBytes: number): Layout {
  let end = aligned(slackBytes);
  const take = (byteLength: number) => {
    const at = end;
    end = aligned(end + byteLength + slackBytes);
    return at;
  };
  const { across = 1, down = 1 } = components[0] ?? {};
  const mcusAcross = Math.ceil(width / (blockSide * across));
  const mcusDown = Math.ceil(height / (blockSide * down));
  return {
    mcusAcross,
    mcusDown,
    atBlock: take(128 + zigzag.length),
    atComponents: take(componentBytes * components.length),
    atQuantisers: take(128 * components.length),
    lookups: components.map(() => [take(lookupBytes), take(lookupBytes)] as const),
    atData: take(dataBytes),
    planes: components.map((component) => {
      const stride = aligned(mcusAcross * blockSide * component.across);
      return { at: take(stride * mcusDown * blockSide * component.down), stride };
    }),
    atSums: [take(2 * mcusAcross * blockSide), take(2 * mcusAcross * blockSide)],
    atRgb: take(3 * width * blockRows),
    end,
  };
}

/** What the kernels read. False where a table is missing, or is none. */
export function fill(buffer: ArrayBuffer, head: JpegHead, layout: Layout, data: Uint8Array): boolean {
  const { components, quantisers, huffman, scan } = head;
  const memory = new Uint8Array(buffer);
  memory.fill(0, layout.atBlock, layout.atBlock + 128);
  memory.set(zigzag, layout.atBlock + 128);
  memory.set(data, layout.atData);
  return components.every(({ across, down, quantisation }, index) => {
    const atQuantisers = layout.atQuantisers + 128 * index;
    new Uint16Array(buffer, atQuantisers, 64).set(quantisers.get(quantisation)?.values ?? []);
    const tables = scan[2 + 2 * index] ?? 0;
    const [dc, ac] = [huffman.get(tables >> 4), huffman.get(16 + (tables & 15))];
    const [atDc, atAc] = layout.lookups[index] ?? [0, 0];
    const { at, stride } = layout.planes[index] as Plane;
    const words = [at, stride, across, down, atQuantisers, atDc, atAc, 0];
    new Int32Array(buffer, layout.atComponents + componentBytes * index, words.length).set(words);
    return (
      dc !== undefined &&
      ac !== undefined &&
      writeLookup(buffer, atDc, dc, 'dc') &&
      writeLookup(buffer, atAc, ac, 'ac')
    );
  });
}

export function rowOf(plane: Plane | undefined, y: number): number {
  return plane === undefined ? 0 : plane.at + y * plane.stride;
}
