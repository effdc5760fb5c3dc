// Numbers to and from the tensors of ONNX Runtime, in whatever type a graph takes or gives.

import { Tensor } from 'onnxruntime-node';
import type { GraphInput, Port } from './graph-interface.ts';
import { type TokenPadding, tokensIn } from './tokenize.ts';

export type Feeds = Record<string, Tensor>;

/** [n, 3, height, width]. */
export function pictureFeeds(port: Port, pixels: Float32Array, dims: readonly number[]): Feeds {
  return {
    [port.name]: port.type === 'float16' ? halves(pixels, dims) : new Tensor('float32', pixels, dims),
  };
}

/**
 * onnxruntime-node's native half reads float16 from a Uint16Array; its JavaScript half, where there is a Float16Array, makes one
 * of it, whose bytes the native half does not see ("not enough space: expected 384, got 0", 1.30.0). So the type is named afterwards.
 */
function halves(values: Float32Array, dims: readonly number[]): Tensor {
  const tensor = new Tensor('uint16', new Uint16Array(Float16Array.from(values).buffer), dims);
  return Object.defineProperty(tensor, 'type', { value: 'float16' });
}

/** [n, tokens], with the mask and the token types where the graph takes them. */
export function textFeeds(
  port: Port,
  ids: BigInt64Array,
  dims: readonly [rows: number, length: number],
  { mask, token }: { readonly mask: 'tokens' | 'ones'; readonly token: TokenPadding },
): Feeds {
  const feeds: Feeds = { [port.name]: integers(port, ids, dims) };
  if (port.mask !== undefined) {
    const values = mask === 'ones' ? new BigInt64Array(ids.length).fill(1n) : maskOf(ids, dims[1], token);
    feeds[port.mask.name] = integers(port.mask, values, dims);
  }
  if (port.tokenTypes !== undefined) {
    feeds[port.tokenTypes.name] = integers(port.tokenTypes, new BigInt64Array(ids.length), dims);
  }
  return feeds;
}

/** One for each token, zero for each padding. */
export function maskOf(ids: BigInt64Array, length: number, token: TokenPadding): BigInt64Array {
  const mask = new BigInt64Array(ids.length);
  for (let start = 0; start < ids.length; start += length) {
    const count = tokensIn(ids.subarray(start, start + length) as BigInt64Array<ArrayBuffer>, token);
    mask.fill(1n, start, start + count);
  }
  return mask;
}

function integers({ type }: GraphInput, values: BigInt64Array, dims: readonly number[]): Tensor {
  return type === 'int32'
    ? new Tensor('int32', Int32Array.from(values, Number), dims)
    : new Tensor('int64', values, dims);
}

/** Throws where the tensor is of another type than floating-point numbers. */
export function floatsOf({ type, data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float16Array) return Float32Array.from(data);
  if (type === 'float16' && data instanceof Uint16Array) {
    return Float32Array.from(new Float16Array(data.buffer, data.byteOffset, data.length));
  }
  if (type === 'float64' && data instanceof Float64Array) return Float32Array.from(data);
  throw new TypeError(`an output is ${type}`);
}
