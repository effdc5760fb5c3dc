// What a tower's graph is fed: the rows of its own input, and something neutral for the other input of a combined graph.

import type { Port } from './graph-interface.ts';
import { type Feeds, pictureFeeds, textFeeds } from './tensors.ts';
import type { PictureInput, TextInput, TowerInput, TowerSpec } from './tower-spec.ts';

export function ownFeeds(port: Port, spec: PictureInput | TextInput, input: TowerInput, rows: number): Feeds {
  if (spec.kind === 'pictures' && input instanceof Float32Array) {
    return pictureFeeds(port, input, [rows, ...rowShapeOf(port, spec)]);
  }
  if (spec.kind === 'texts' && input instanceof BigInt64Array) {
    return textFeeds(port, input, [rows, input.length / rows], spec);
  }
  throw new TypeError('a tower was given rows of the other kind');
}

/** Rows of the other input of a combined graph; `undefined` where there is none. */
export type Neutral = number | undefined;

export function neutralFeeds(port: Port | undefined, spec: TowerSpec['other'], rows: Neutral): Feeds {
  if (port === undefined || spec === undefined || rows === undefined) return {};
  const shape = rowShapeOf(port, spec);
  if (spec.kind === 'pictures') {
    const length = shape.reduce((product, side) => product * side, rows);
    return pictureFeeds(port, new Float32Array(length), [rows, ...shape]);
  }
  // A text of no tokens has no last one to read: one row at least.
  const [texts, length] = [Math.max(1, rows), shape[0] ?? Math.min(16, spec.contextLength)];
  return textFeeds(port, new BigInt64Array(texts * length).fill(1n), [texts, length], spec);
}

/** Of one row; the graph's own fixed sides outrank what the files say. */
export function rowShapeOf({ sides }: Port, input: PictureInput | TextInput): number[] {
  const said = input.kind === 'pictures' ? [3, input.height, input.width] : [input.contextLength];
  if (input.kind === 'texts' && input.padding === 'need' && sides[0] === -1) return [];
  return sides.map((side, axis) => (side === -1 ? (said[axis] ?? 1) : side));
}
