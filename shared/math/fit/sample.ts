// The pictures kept beside the statistics for choosing between candidates and for training probes: in every environment
// the m of smallest content hash, ascending, and of these the first p with their intervened embeddings. Which pictures
// are kept depends on the set alone, never on shards, batches or order.

import { takeRows } from '../linear/vector.ts';

export type PairSample = {
  /** Rows of the sample, ascending [p]. */
  readonly rows: Int32Array;
  /** 1 where the picture had this intervention [p, I]. */
  readonly present: Uint8Array;
  /** Unit rows [p, I, d]; zeros where not present. */
  readonly embeddings: Float32Array;
};

export type EnvironmentSample = {
  /** SHA-256 of each picture [m, 32]. */
  readonly hashes: Uint8Array;
  /** -1 for a picture without a class [m]. */
  readonly classes: Int32Array;
  /** Unit rows [m, d]. */
  readonly embeddings: Float32Array;
  readonly pairs: PairSample;
};

export type FitSample = { readonly environments: readonly EnvironmentSample[] };

export type SampleShape = {
  readonly dimension: number;
  readonly interventionCount: number;
  readonly sampleLimit: number;
  readonly pairSampleLimit: number;
};

const hashBytes = 32;

export function emptyEnvironmentSample(): EnvironmentSample {
  return {
    hashes: new Uint8Array(0),
    classes: new Int32Array(0),
    embeddings: new Float32Array(0),
    pairs: { rows: new Int32Array(0), present: new Uint8Array(0), embeddings: new Float32Array(0) },
  };
}

/**
 * The sample of two sets of one environment together. Either may be a batch in any order; the answer is ascending by
 * hash, then class. A batch that adds nothing returns `a` itself.
 */
export function mergeEnvironmentSamples(
  a: EnvironmentSample,
  b: EnvironmentSample,
  shape: SampleShape,
): EnvironmentSample {
  const rows = [...rowsOf(a), ...rowsOf(b)].sort(byHashThenClass).slice(0, shape.sampleLimit);
  if (
    rows.length === a.classes.length &&
    rows.every(({ sample, row }, index) => sample === a && row === index)
  ) {
    return a;
  }
  return gather(rows, shape);
}

/** Environment by environment; see mergeEnvironmentSamples. */
export function mergeSamples(a: FitSample, b: FitSample, shape: SampleShape): FitSample {
  if (a.environments.length !== b.environments.length) throw new RangeError('samples of other environments');
  return {
    environments: a.environments.map((environment, index) =>
      mergeEnvironmentSamples(environment, b.environments[index] as EnvironmentSample, shape),
    ),
  };
}

/**
 * `a` without the pictures of `b`. Pictures that `a` once dropped beyond its limit do not come back, so that the
 * rest may be fewer than the limit.
 */
export function subtractSamples(a: FitSample, b: FitSample, shape: SampleShape): FitSample {
  return {
    environments: a.environments.map((environment, index) => {
      const leaving = new Map<string, number>();
      for (const row of rowsOf(b.environments[index] as EnvironmentSample)) {
        leaving.set(keyOf(row), (leaving.get(keyOf(row)) ?? 0) + 1);
      }
      const staying = rowsOf(environment).filter((row) => {
        const times = leaving.get(keyOf(row)) ?? 0;
        if (times > 0) leaving.set(keyOf(row), times - 1);
        return times === 0;
      });
      return gather(staying, shape);
    }),
  };
}

/** The same pictures with other class indices: `classes[c]` is the new index of class c, -1 to leave it without one. */
export function relabelSample(sample: FitSample, classes: readonly number[]): FitSample {
  return {
    environments: sample.environments.map((environment) => ({
      ...environment,
      classes: environment.classes.map((index) => (index < 0 ? -1 : (classes[index] ?? -1))),
    })),
  };
}

/** The sample under another list of environments: `environments[e]` says where each goes. */
export function reindexSample(
  sample: FitSample,
  target: { readonly environments: readonly number[]; readonly environmentCount: number },
  shape: SampleShape,
): FitSample {
  const result = Array.from({ length: target.environmentCount }, emptyEnvironmentSample);
  for (const [index, environment] of sample.environments.entries()) {
    const to = target.environments[index] ?? -1;
    const there = result[to];
    if (there === undefined) throw new RangeError(`environment ${index} goes nowhere`);
    result[to] = mergeEnvironmentSamples(there, environment, shape);
  }
  return { environments: result };
}

type Row = {
  readonly sample: EnvironmentSample;
  readonly row: number;
  /** Index into the sample's pairs, or -1. */
  readonly pair: number;
};

function rowsOf(sample: EnvironmentSample): Row[] {
  const pairOfRow = new Int32Array(sample.classes.length).fill(-1);
  sample.pairs.rows.forEach((row, pair) => {
    pairOfRow[row] = pair;
  });
  return Array.from(pairOfRow, (pair, row) => ({ sample, row, pair }));
}

function byHashThenClass(a: Row, b: Row): number {
  for (let i = 0; i < hashBytes; i++) {
    const difference =
      (a.sample.hashes[a.row * hashBytes + i] as number) - (b.sample.hashes[b.row * hashBytes + i] as number);
    if (difference !== 0) return difference;
  }
  return (a.sample.classes[a.row] as number) - (b.sample.classes[b.row] as number);
}

function keyOf({ sample, row }: Row): string {
  return `${sample.hashes.subarray(row * hashBytes, (row + 1) * hashBytes).join()}/${sample.classes[row]}`;
}

function gather(rows: readonly Row[], shape: SampleShape): EnvironmentSample {
  const { dimension, interventionCount, pairSampleLimit } = shape;
  const width = interventionCount * dimension;
  const hashes = new Uint8Array(rows.length * hashBytes);
  const classes = new Int32Array(rows.length);
  const embeddings = new Float32Array(rows.length * dimension);
  const paired = rows.flatMap(({ pair }, index) => (pair < 0 ? [] : [index])).slice(0, pairSampleLimit);
  for (const [index, { sample, row }] of rows.entries()) {
    hashes.set(sample.hashes.subarray(row * hashBytes, (row + 1) * hashBytes), index * hashBytes);
    classes[index] = sample.classes[row] as number;
    embeddings.set(takeRows(sample.embeddings, [row], dimension), index * dimension);
  }
  const present = new Uint8Array(paired.length * interventionCount);
  const intervened = new Float32Array(paired.length * width);
  for (const [index, rowIndex] of paired.entries()) {
    const { sample, pair } = rows[rowIndex] as Row;
    const { pairs } = sample;
    present.set(
      pairs.present.subarray(pair * interventionCount, (pair + 1) * interventionCount),
      index * interventionCount,
    );
    intervened.set(takeRows(pairs.embeddings, [pair], width), index * width);
  }
  return {
    hashes,
    classes,
    embeddings,
    pairs: { rows: Int32Array.from(paired), present, embeddings: intervened },
  };
}
