// Decodes the JPEGs that are most (baseline, one scan, grey or luma and chroma, of moderate size) in the thread that wants them, to the very
// levels that libvips gives. libvips takes two more threads for it, wakes them for every 16 rows, and costs twice the
// decoding in all. Where anything is unusual or damaged there is no answer, and libvips decodes or refuses the file.

import type { PixelRows, Span } from '#shared/pixels/resample.ts';
import type { RgbPicture } from '#shared/pixels/rgb-picture.ts';
import { isPlainYcc, type JpegComponent, type JpegHead, readJpegHead } from './jpeg-head.ts';
import { kernelBytes } from './kernel-bytes.ts';
import { blockRows, componentBytes, fill, type Layout, layOut, rowOf, slackBytes } from './layout.ts';

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
/** Pixels that the kernels of colours do at a time. */
const columnStep = 16;
const endOfImage = 0xffd9;

let kept: Workspace | undefined;

/** `undefined`: not a file for this. */
export function decodeJpeg(bytes: Uint8Array, maxPixels: number): RgbPicture | undefined {
  const rows = jpegRows(bytes, maxPixels);
  if (rows === undefined) return undefined;
  const { width, height } = rows;
  // Not zeroed first, as a typed array would be.
  const data = Buffer.allocUnsafeSlow(width * height * 3);
  rows.writeRows(data, { first: 0, count: height }, { first: 0, count: width });
  return { width, height, data };
}

/** The same, its colours not made yet. To be read before this is called again in the thread: all pictures have one memory. */
export function jpegRows(bytes: Uint8Array, maxPixels: number): PixelRows | undefined {
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
  const { width, height } = head;
  const rowBytes = 3 * width;
  return {
    width,
    height,
    writeRows(target, { first, count }, columns) {
      for (let done = 0; done < count; done += blockRows) {
        const rows = { first: first + done, count: Math.min(blockRows, count - done) };
        toRgb(kernels, head, layout, rows, columns);
        target.set(new Uint8Array(buffer, layout.atRgb, rows.count * rowBytes), done * rowBytes);
      }
    },
  };
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

/** The components' planes to rows of RGB, at least in these columns. */
function toRgb(
  kernels: JpegKernels,
  { width, height, components }: JpegHead,
  layout: Layout,
  rows: Span,
  columns: Span,
): void {
  const [luma, blue, red] = layout.planes;
  const { across = 1, down = 1 } = components[0] ?? {};
  const [atBlue, atRed] = layout.atSums;
  const [chromaColumns, lastRow] = [Math.ceil(width / across), Math.ceil(height / down) - 1];
  const left = columns.first - (columns.first % columnStep);
  const length = Math.min(width, columns.first + columns.count) - left;
  const endOfRows = rows.first + rows.count;
  for (let y = rows.first, target = layout.atRgb + 3 * left; y < endOfRows; y++, target += 3 * width) {
    const lumaRow = rowOf(luma, y) + left;
    if (blue === undefined) kernels.greyRow(lumaRow, target, length);
    else if (across === 1) {
      kernels.fullChromaRow(lumaRow, rowOf(blue, y) + left, rowOf(red, y) + left, target, length);
    } else {
      const own = Math.floor(y / down);
      // The nearer of the rows above and below; beyond the picture its own.
      const near = Math.min(lastRow, Math.max(0, own + (y % 2 === 0 ? -1 : 1)));
      for (const [plane, sums] of [
        [blue, atBlue],
        [red, atRed],
      ] as const) {
        kernels.columnSums(rowOf(plane, own), down === 1 ? 0 : rowOf(plane, near), sums, chromaColumns);
      }
      // A sum has two bytes, and is of two columns.
      kernels.halfChromaRow(lumaRow, atBlue + left, atRed + left, target, length, down - 1);
    }
  }
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
