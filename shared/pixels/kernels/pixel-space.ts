// The compiled kernels (assembly/*.ts) and the memory that they work in, one for each thread.

import { kernelBytes } from './kernel-bytes.ts';

/** What the module exports: byte addresses in the memory, lengths in bytes. See the sources. */
export type PixelKernels = {
  readonly narrowRows: (
    source: number,
    sourceStride: number,
    target: number,
    targetStride: number,
    rows: number,
    columns: number,
    endOfColumns: number,
  ) => void;
  readonly mixRows: (source: number, target: number, stride: number, rows: number, endOfRows: number) => void;
  readonly saturation: (source: number, end: number, target: number, factor: number) => void;
  readonly grayscale: (source: number, end: number, target: number) => void;
  readonly sumGrey: (source: number, end: number) => number;
  readonly hue: (source: number, end: number, target: number, shift: number) => void;
  readonly blendLevels: (source: number, end: number, target: number, from: number, factor: number) => void;
  readonly maskLevels: (source: number, end: number, target: number, mask: number, from: number) => void;
  readonly countLevels: (source: number, end: number, counts: number) => void;
  readonly mapLevels: (source: number, end: number, target: number, tables: number) => void;
  readonly normalise: (source: number, end: number, target: number, plane: number, factors: number) => void;
  readonly sumTaps: (
    target: number,
    centre: number,
    weights: number,
    pairs: number,
    endOfPairs: number,
    bytes: number,
  ) => void;
  readonly roundLevels: (source: number, target: number, count: number) => void;
};

export type PixelSpace = { readonly buffer: ArrayBuffer; readonly kernels: PixelKernels };

type Workspace = { readonly memory: WebAssembly.Memory; readonly kernels: PixelKernels };

const pageBytes = 65_536;
/** A memory never shrinks: a larger one is given up once it has been used. */
const keptBytes = 2 ** 24;
/** Kernels read and write up to a step of theirs beyond what they are given. */
const slackBytes = 64;

let kept: Workspace | undefined;
let compiled: WebAssembly.Module | undefined;

/** Lends a memory of at least so many bytes, of any content. `use` must keep no view of it. */
export function inPixelSpace<T>(bytes: number, use: (space: PixelSpace) => T): T {
  kept ??= makeWorkspace();
  const { memory, kernels } = kept;
  const missing = bytes + slackBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  const result = use({ buffer: memory.buffer, kernels });
  if (memory.buffer.byteLength > keptBytes) kept = undefined;
  return result;
}

/** Has a kernel change every pixel of `source` where it lies, from address 0 to `end`, and takes it to `target`. */
export function eachPixel(
  source: Uint8Array,
  target: Uint8Array,
  change: (kernels: PixelKernels, end: number) => void,
): void {
  inPixelSpace(source.length, ({ buffer, kernels }) => {
    const pixels = new Uint8Array(buffer, 0, source.length);
    pixels.set(source);
    change(kernels, source.length);
    target.set(pixels);
  });
}

/** The module, compiled once. */
export function pixelKernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (digit) => digit.charCodeAt(0)));
  return compiled;
}

function makeWorkspace(): Workspace {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(pixelKernelModule(), { env: { memory } });
  return { memory, kernels: exports as PixelKernels };
}

/** The next address from `address` on that is a multiple of 16. */
export function aligned(address: number): number {
  return Math.ceil(address / 16) * 16;
}
