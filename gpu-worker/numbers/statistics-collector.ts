// Adds encoded pictures up, environment by environment, in batches: memory is O(d²) sums, the bounded sample, and one
// batch, whatever the number of pictures. Rows are made unit rows here.

import { fromHex } from '#shared/digest.ts';
import {
  type EnvironmentSample,
  emptyEnvironmentSample,
  mergeEnvironmentSamples,
  type SampleShape,
} from '#shared/math/fit/sample.ts';
import {
  addPairs,
  addPictures,
  type EnvironmentStatistics,
  emptyStatistics,
  type Statistics,
} from '#shared/math/fit/statistics.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';

export type CollectedPicture = {
  readonly environment: number;
  /** -1 for none. */
  readonly class: number;
  readonly sha256: string;
  readonly plain: Float32Array;
  /** By the intervention's index; only those the picture got. */
  readonly intervened: ReadonlyMap<number, Float32Array>;
};

export type StatisticsCollector = {
  readonly add: (picture: CollectedPicture) => void;
  /** Nothing may be added afterwards. */
  readonly finish: () => { readonly statistics: Statistics; readonly environments: EnvironmentSample[] };
};

export type CollectorShape = SampleShape & { readonly classCount: number; readonly environmentCount: number };

/** Pictures added at once: enough for the blocked products to pay, few enough to hold. */
const batchSize = 64;
const hashBytes = 32;

export function createStatisticsCollector(shape: CollectorShape): StatisticsCollector {
  const statistics = emptyStatistics(shape);
  const samples = statistics.environments.map(() => emptyEnvironmentSample());
  const batches = statistics.environments.map((): CollectedPicture[] => []);

  function flush(index: number): void {
    const batch = batches[index] as CollectedPicture[];
    if (batch.length === 0) return;
    const rows = gatherBatch(batch, shape);
    addBatch(statistics.environments[index] as EnvironmentStatistics, rows, shape);
    samples[index] = mergeEnvironmentSamples(samples[index] as EnvironmentSample, rows, shape);
    batches[index] = [];
  }

  return {
    add(picture) {
      const batch = batches[picture.environment] as CollectedPicture[];
      batch.push(picture);
      if (batch.length === batchSize) flush(picture.environment);
    },
    finish() {
      for (const index of batches.keys()) flush(index);
      return { statistics, environments: samples };
    },
  };
}

/** The batch in the form of a sample: unit rows [n, d], pairs [n, I, d]. */
function gatherBatch(
  batch: readonly CollectedPicture[],
  { dimension, interventionCount }: CollectorShape,
): EnvironmentSample {
  const embeddings = new Float32Array(batch.length * dimension);
  const hashes = new Uint8Array(batch.length * hashBytes);
  const present = new Uint8Array(batch.length * interventionCount);
  const intervened = new Float32Array(batch.length * interventionCount * dimension);
  for (const [row, picture] of batch.entries()) {
    embeddings.set(picture.plain, row * dimension);
    hashes.set(fromHex(picture.sha256) ?? [], row * hashBytes);
    for (const [intervention, embedding] of picture.intervened) {
      const slot = row * interventionCount + intervention;
      present[slot] = 1;
      intervened.set(embedding, slot * dimension);
    }
  }
  normaliseRows(embeddings, dimension);
  normaliseRows(intervened, dimension);
  return {
    hashes,
    classes: Int32Array.from(batch, (picture) => picture.class),
    embeddings,
    pairs: { rows: Int32Array.from(batch.keys()), present, embeddings: intervened },
  };
}

function addBatch(
  environment: EnvironmentStatistics,
  { classes, embeddings, pairs }: EnvironmentSample,
  { dimension, interventionCount }: CollectorShape,
): void {
  addPictures(environment, embeddings, classes);
  for (const [intervention, pairStatistics] of environment.pairs.entries()) {
    const rows = [...classes.keys()].filter(
      (row) => pairs.present[row * interventionCount + intervention] === 1,
    );
    const plain = new Float32Array(rows.length * dimension);
    const intervened = new Float32Array(rows.length * dimension);
    for (const [index, row] of rows.entries()) {
      const slot = row * interventionCount + intervention;
      plain.set(embeddings.subarray(row * dimension, (row + 1) * dimension), index * dimension);
      intervened.set(pairs.embeddings.subarray(slot * dimension, (slot + 1) * dimension), index * dimension);
    }
    addPairs(pairStatistics, plain, intervened, dimension);
  }
}
