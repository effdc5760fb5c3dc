// Runs batches through a tower's graph: in one go, or in pieces where it takes one size of batch only; averages over tokens where
// it gives a row for each.

import type { InferenceSession } from 'onnxruntime-node';
import { concatenateRows } from '#shared/math/linear/vector.ts';
import type { Wiring } from './graph-interface.ts';
import { floatsOf, maskOf } from './tensors.ts';
import { type Neutral, neutralFeeds, ownFeeds } from './tower-feeds.ts';
import type { TextInput, TowerInput, TowerSpec } from './tower-spec.ts';

/** [n, ...row] to [n, d]. All rows have one length. */
export type RunTower = (input: TowerInput, rows: number) => Promise<Float32Array>;

export function createTowerRunner(
  session: InferenceSession,
  spec: TowerSpec,
  wiring: Wiring,
  { neutral, isTrial }: { readonly neutral: Neutral; readonly isTrial: boolean },
): RunTower {
  const { fixedBatch } = wiring;
  // What a trial finds out needs no line on the terminal: whoever asked is told.
  const options = isTrial ? { logSeverityLevel: 4 as const } : {};
  const runOnce = async (input: TowerInput, rows: number): Promise<Float32Array> => {
    const feeds = {
      ...ownFeeds(wiring.own, spec.input, input, rows),
      ...neutralFeeds(wiring.other, spec.other, neutral),
    };
    const output = (await session.run(feeds, [wiring.outputName], options))[wiring.outputName];
    if (output === undefined) throw new Error(`${wiring.outputName} is not there`);
    const values = floatsOf(output);
    if (!wiring.pools) return values;
    return meanOverTokens(values, input as BigInt64Array<ArrayBuffer>, rows, spec.input as TextInput);
  };
  if (fixedBatch === undefined) return runOnce;
  return (input, rows) => inPieces(input, rows, fixedBatch, runOnce);
}

/** A graph that takes one size of batch only gets its rows in pieces of that size, the last filled up with zeros. */
async function inPieces(input: TowerInput, rows: number, size: number, run: RunTower): Promise<Float32Array> {
  const length = input.length / rows;
  const outputs: Float32Array[] = [];
  for (let row = 0; row < rows; row += size) {
    const taken = Math.min(size, rows - row);
    const piece = input.slice(row * length, (row + taken) * length);
    const output = await run(taken === size ? piece : filledUp(piece, size * length), size);
    outputs.push(output.slice(0, (output.length / size) * taken));
  }
  return concatenateRows(outputs);
}

function filledUp(piece: TowerInput, length: number): TowerInput {
  if (piece instanceof Float32Array) {
    const full = new Float32Array(length);
    full.set(piece);
    return full;
  }
  const full = new BigInt64Array(length);
  full.set(piece);
  return full;
}

/** [n, tokens, d] to [n, d], over the tokens that are no padding. */
function meanOverTokens(
  values: Float32Array,
  ids: BigInt64Array,
  rows: number,
  { token }: TextInput,
): Float32Array {
  const length = ids.length / rows;
  const dimension = values.length / ids.length;
  const mask = maskOf(ids, length, token);
  const means = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row++) {
    const sums = new Float64Array(dimension);
    let count = 0;
    for (let position = row * length; position < (row + 1) * length; position++) {
      if (mask[position] !== 1n) continue;
      count++;
      for (let i = 0; i < dimension; i++) sums[i] = (sums[i] ?? 0) + (values[position * dimension + i] ?? 0);
    }
    means.set(
      sums.map((sum) => sum / count),
      row * dimension,
    );
  }
  return means;
}
