// Decodes the JPEGs that are most (baseline, one scan, grey or luma and chroma, of moderate size) in the thread that wants them, to the very
// levels that libvips gives. libvips takes two more threads for it, wakes them for every 16 rows, and costs twice the
// decoding in all. Where anything is unusual or damaged there is no answer, and libvips decodes or refuses the file.

import type { RgbPicture } from '#shared/pixels/rgb-picture.ts';
import { lookupBytes, writeLookup } from './huffman-lookup.ts';
import { isPlainYcc, type JpegComponent, type JpegHead, readJpegHead } from './jpeg-head.ts';
import { kernelBytes } from './kernel-bytes.ts';

type JpegKernels = {
  readonly decodeScan: (
    at: number,
    end: number,
    components: number,
    endOfComponents: number,
    mcusAcross: number,
    mcusDown: number,
    restartInterval: number,
    block: number,
  ) => number;
  readonly columnSums: (row: number, near: number, sums: number, count: number) => void;
  readonly halfChromaRow: (
    luma: number,
    blue: number,
    red: number,
    target: number,
    width: number,
    isSum: number,
  ) => void;
  readonly fullChromaRow: (luma: number, blue: number, red: number, target: number, width: number) => void;
  readonly greyRow: (luma: number, target: number, width: number) => void;
};

type Workspace = { readonly memory: WebAssembly.Memory; readonly kernels: JpegKernels };

/** Larger pictures need memory that should not be kept for them. */
const moderatePixels = 2 ** 21;
/** Narrower or lower ones are upsampled in other ways. */
const minSide = 16;
const pageBytes = 65_536;
/** Kernels read and write up to a step of theirs beyond what they are given. */
const slackBytes = 64;
const blockSide = 8;
const componentBytes = 32;
const endOfImage = 0xffd9;

/** Where each coefficient, in the order of the file, has its place in a block (T.81, figure A.6). */
const zigzag = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6],
  ...[7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31],
  ...[39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
);

let kept: Workspace | undefined;

/** `undefined`: not a file for this. */
export function decodeJpeg(bytes: Uint8Array, maxPixels: number): RgbPicture | undefined {
  const head = readJpegHead(bytes);
  if (head === undefined || !isTaken(head) || head.width * head.height > maxPixels) return undefined;
  kept ??= makeWorkspace();
  const { memory, kernels } = kept;
  const data = bytes.subarray(head.dataAt);
  const layout = layOut(head, data.byteLength);
  const missing = layout.end + slackBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  const { buffer } = memory;
  if (!fill(buffer, head, layout, data)) return undefined;
  const { atData, atComponents, atBlock, mcusAcross, mcusDown } = layout;
  const ended = kernels.decodeScan(
    atData,
    atData + data.byteLength,
    atComponents,
    atComponents + componentBytes * head.components.length,
    mcusAcross,
    mcusDown,
    head.restartInterval,
    atBlock,
  );
  if (ended === 0 || new DataView(buffer).getUint16(ended) !== endOfImage) return undefined;
  toRgb(kernels, head, layout);
  const { width, height } = head;
  // Not zeroed first, as a typed array would be.
  const rgb = Buffer.allocUnsafeSlow(width * height * 3);
  rgb.set(new Uint8Array(buffer, layout.atRgb, rgb.byteLength));
  return { width, height, data: rgb };
}

function isTaken(head: JpegHead): boolean {
  const { width, height, components, isBaseline, quantisers, scan } = head;
  if (!isBaseline || !isPlainYcc(head)) return false;
  if (Math.min(width, height) < minSide || width * height > moderatePixels) return false;
  const [first, ...chroma] = components;
  const sampling = `${first?.across}x${first?.down}`;
  const isUsual = chroma.length === 0 ? sampling === '1x1' : ['1x1', '2x1', '2x2'].includes(sampling);
  return (
    isUsual &&
    chroma.every(({ across, down }) => across === 1 && down === 1) &&
    components.every(({ quantisation }) => quantisers.get(quantisation)?.bits === 8) &&
    isWholeScan(components, scan)
  );
}

/** Of all components, in their order, with all coefficients and all their bits. */
function isWholeScan(components: readonly JpegComponent[], scan: Uint8Array): boolean {
  const [from, to, approximation] = scan.subarray(-3);
  const isOrdered = components.every(({ id }, index) => scan[1 + 2 * index] === id);
  return scan[0] === components.length && isOrdered && from === 0 && to === 63 && approximation === 0;
}

type Plane = { readonly at: number; readonly stride: number };

type Layout = {
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

function layOut({ width, height, components }: JpegHead, dataBytes: number): Layout {
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
    atRgb: take(3 * width * height),
    end,
  };
}

/** What the kernels read. False where a table is missing, or is none. */
function fill(buffer: ArrayBuffer, head: JpegHead, layout: Layout, data: Uint8Array): boolean {
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

/** The components' planes to rows of RGB. */
function toRgb(kernels: JpegKernels, { width, height, components }: JpegHead, layout: Layout): void {
  const [luma, blue, red] = layout.planes;
  const { across = 1, down = 1 } = components[0] ?? {};
  const [atBlue, atRed] = layout.atSums;
  const [columns, lastRow] = [Math.ceil(width / across), Math.ceil(height / down) - 1];
  for (let y = 0, target = layout.atRgb; y < height; y++, target += 3 * width) {
    const lumaRow = rowOf(luma, y);
    if (blue === undefined) kernels.greyRow(lumaRow, target, width);
    else if (across === 1) kernels.fullChromaRow(lumaRow, rowOf(blue, y), rowOf(red, y), target, width);
    else {
      const own = Math.floor(y / down);
      // The nearer of the rows above and below; beyond the picture its own.
      const near = Math.min(lastRow, Math.max(0, own + (y % 2 === 0 ? -1 : 1)));
      for (const [plane, sums] of [
        [blue, atBlue],
        [red, atRed],
      ] as const) {
        kernels.columnSums(rowOf(plane, own), down === 1 ? 0 : rowOf(plane, near), sums, columns);
      }
      kernels.halfChromaRow(lumaRow, atBlue, atRed, target, width, down - 1);
    }
  }
}

function rowOf(plane: Plane | undefined, y: number): number {
  return plane === undefined ? 0 : plane.at + y * plane.stride;
}

/** The module, to be compiled once in a thread. */
export function jpegKernelModule(): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (digit) => digit.charCodeAt(0)));
}

function makeWorkspace(): Workspace {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(jpegKernelModule(), { env: { memory } });
  return { memory, kernels: exports as JpegKernels };
}

function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}
