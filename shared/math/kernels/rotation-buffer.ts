// Collects the plane rotations of many sweeps and applies them to the rows of a matrix, a panel of columns at a time. A
// rotation touches two rows and leaves; many of them, on a panel, find it in the first-level cache.

import { reserve } from './wasm-kernel.ts';
import { lazyWorkspace } from './workspace.ts';

/** As many as the kernel, assembly/rotate.ts, has in a row of a panel. */
const panelColumns = 8;
const bufferedRotations = 16_384;

/** Where the work is done. */
type RotationSpace = {
  /** The matrix [n, n] as [⌈n / panelColumns⌉, n, panelColumns]; places beyond its last column hold anything. */
  readonly panels: Float64Array;
  /** (cosine, sine) pairs. */
  readonly rotations: Float64Array;
  /** One sweep over the panel that begins at `panel`, by the rotations that begin at `start`: see assembly/rotate.ts. */
  readonly sweep: (panel: number, high: number, low: number, start: number) => void;
};

const workspace = lazyWorkspace();

/** In the memory of the kernel, which only one may use at a time. */
function rotationSpace(size: number): RotationSpace {
  const { memory, kernels } = workspace();
  const { panelsLength, rotationsLength } = lengths(size);
  const bytes = Float64Array.BYTES_PER_ELEMENT;
  reserve(memory, bytes * (panelsLength + rotationsLength));
  return {
    panels: new Float64Array(memory.buffer, 0, panelsLength),
    rotations: new Float64Array(memory.buffer, bytes * panelsLength, rotationsLength),
    sweep: (panel, high, low, start) =>
      kernels.rotate(
        bytes * (panel + high * panelColumns),
        bytes * (panel + low * panelColumns),
        bytes * (panelsLength + start),
      ),
  };
}

function lengths(size: number): { panelsLength: number; rotationsLength: number } {
  return {
    panelsLength: Math.ceil(size / panelColumns) * size * panelColumns,
    rotationsLength: 2 * Math.max(bufferedRotations, size),
  };
}

/** For one matrix [n, n], which holds the result after `finish`. */
export class RotationBuffer {
  readonly #matrix: Float64Array;
  readonly #size: number;
  readonly #space: RotationSpace;
  /** `start` is where the rotations of a sweep begin. */
  #sweeps: { high: number; low: number; start: number }[] = [];
  #used = 0;

  constructor(matrix: Float64Array, size: number) {
    this.#matrix = matrix;
    this.#size = size;
    this.#space = rotationSpace(size);
    this.#copy('in');
  }

  /** `push` is then called for the rows (high − 1, high), and so on down to (low, low + 1). */
  beginSweep(low: number, high: number): void {
    if (this.#used + 2 * (high - low) > this.#space.rotations.length) this.#flush();
    this.#sweeps.push({ high, low, start: this.#used });
  }

  /** Row i becomes cosine · row i − sine · row i + 1, and row i + 1 sine · row i + cosine · row i + 1. */
  push(cosine: number, sine: number): void {
    const { rotations } = this.#space;
    rotations[this.#used] = cosine;
    rotations[this.#used + 1] = sine;
    this.#used += 2;
  }

  finish(): void {
    this.#flush();
    this.#copy('out');
  }

  #flush(): void {
    const { panels, sweep } = this.#space;
    for (let panel = 0; panel < panels.length; panel += this.#size * panelColumns) {
      for (const { high, low, start } of this.#sweeps) sweep(panel, high, low, start);
    }
    this.#sweeps = [];
    this.#used = 0;
  }

  #copy(direction: 'in' | 'out'): void {
    const { panels } = this.#space;
    const size = this.#size;
    for (let first = 0; first < size; first += panelColumns) {
      const width = Math.min(panelColumns, size - first);
      for (let row = 0; row < size; row++) {
        const inMatrix = row * size + first;
        const inPanel = first * size + row * panelColumns;
        for (let i = 0; i < width; i++) {
          if (direction === 'in') panels[inPanel + i] = this.#matrix[inMatrix + i] as number;
          else this.#matrix[inMatrix + i] = panels[inPanel + i] as number;
        }
      }
    }
  }
}
