// Reads named blocks of a decoded container as the arrays a codec expects. It knows no format; the codecs do.

import { type AppError, type AppErrorCode, appError } from '../app-error.ts';
import type { BlockInfo } from '../contracts/artefact.ts';
import { err, type Result } from '../result.ts';
import type { Block, BlockArray } from './container.ts';

/** Thrown inside a codec where a block is missing or of another shape; `readingBlocks` turns it into an error. */
class BlockMismatch extends Error {}

export class BlockReader {
  readonly #blocks: ReadonlyMap<string, BlockArray>;
  readonly #infos: ReadonlyMap<string, BlockInfo>;

  constructor(blocks: ReadonlyMap<string, BlockArray>, infos: readonly BlockInfo[]) {
    this.#blocks = blocks;
    this.#infos = new Map(infos.map((info) => [info.name, info]));
  }

  has(name: string): boolean {
    return this.#blocks.has(name);
  }

  float64(name: string, shape: readonly number[]): Float64Array<ArrayBuffer> {
    const data = this.#read(name, shape);
    if (data instanceof Float64Array) return data;
    throw new BlockMismatch(`its block ${name} is not of float64`);
  }

  /** From float32 or float16. */
  float32(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
    const data = this.#read(name, shape);
    if (data instanceof Float32Array) return data;
    if (data instanceof Float16Array) return new Float32Array(data);
    throw new BlockMismatch(`its block ${name} is not of float32 or float16`);
  }

  int32(name: string, shape: readonly number[]): Int32Array<ArrayBuffer> {
    const data = this.#read(name, shape);
    if (data instanceof Int32Array) return data;
    throw new BlockMismatch(`its block ${name} is not of int32`);
  }

  uint8(name: string, shape: readonly number[]): Uint8Array<ArrayBuffer> {
    const data = this.#read(name, shape);
    if (data instanceof Uint8Array) return data;
    throw new BlockMismatch(`its block ${name} is not of uint8`);
  }

  /** The first side of a block, for arrays whose length the header does not tell. */
  rows(name: string): number {
    return this.#infos.get(name)?.shape[0] ?? 0;
  }

  #read(name: string, shape: readonly number[]): BlockArray {
    const data = this.#blocks.get(name);
    const actual = this.#infos.get(name)?.shape ?? [];
    if (data === undefined || actual.join() !== shape.join()) {
      throw new BlockMismatch(`its block ${name} is missing or not of shape [${shape.join(', ')}]`);
    }
    return data;
  }
}

/** Runs a codec's reading; a block that does not fit becomes `invalid-artefact`. */
export function readingBlocks<T, Code extends AppErrorCode>(
  read: () => Result<T, AppError<Code>>,
): Result<T, AppError<Code | 'invalid-artefact'>> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BlockMismatch)) throw error;
    return err(appError('invalid-artefact', `The file cannot be read: ${error.message}.`));
  }
}

/** Containers hash and write plain buffers: a view of shared memory is copied, everything else passes as it is. */
export function block(
  name: string,
  shape: readonly number[],
  data: Float64Array | Float32Array | Float16Array | Int32Array | Uint8Array,
): Block {
  return { name, shape, data: (data.buffer instanceof ArrayBuffer ? data : data.slice()) as BlockArray };
}
