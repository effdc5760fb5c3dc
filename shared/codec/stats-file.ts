// `.stats` files: statistics and sample of one fit, with what they were made from. Blocks as StatisticsHeader lists them.
// Sampled embeddings are stored as float16; sums as float64.

import type { AppError } from '../app-error.ts';
import { type PictureFailure, StatisticsHeader } from '../contracts/artefact.ts';
import type { ModelReference } from '../contracts/common.ts';
import type { InterventionsPerPicture, PictureIntervention } from '../contracts/intervention.ts';
import type { EnvironmentSample, FitSample } from '../math/fit/sample.ts';
import type { EnvironmentStatistics, Statistics } from '../math/fit/statistics.ts';
import { packedLength } from '../math/linear/packed.ts';
import { ok, type Result } from '../result.ts';
import { BlockReader, block, readingBlocks } from './blocks.ts';
import { type Block, decodeContainer, encodeContainer } from './container.ts';

export type StatisticsFile = {
  readonly model: ModelReference;
  readonly classes: readonly string[];
  readonly environmentNames: readonly string[];
  readonly interventions: readonly PictureIntervention[];
  readonly interventionsPerPicture: InterventionsPerPicture;
  readonly seed: number;
  readonly sampleLimit: number;
  readonly pairSampleLimit: number;
  readonly statistics: Statistics;
  readonly sample: FitSample;
  readonly failures: readonly PictureFailure[];
};

/** Throws RangeError where arrays do not fit the names beside them. */
export async function encodeStatistics(file: StatisticsFile): Promise<Uint8Array<ArrayBuffer>> {
  const { statistics, sample, environmentNames, classes, interventions } = file;
  if (
    environmentNames.length !== statistics.environments.length ||
    environmentNames.length !== sample.environments.length ||
    classes.length !== statistics.classCount ||
    interventions.length !== statistics.interventionCount
  ) {
    throw new RangeError(
      'the statistics are of other environments, classes or interventions than the file names',
    );
  }
  return await encodeContainer({
    kind: 'stats',
    header: headerOf(file),
    blocks: [
      ...statistics.environments.flatMap((environment, index) =>
        statisticsBlocks(environment, index, statistics),
      ),
      ...sample.environments.flatMap((environment, index) => sampleBlocks(environment, index, statistics)),
    ],
  });
}

export async function decodeStatistics(
  bytes: Uint8Array,
): Promise<Result<StatisticsFile, AppError<'invalid-artefact'>>> {
  const decoded = await decodeContainer(bytes, { kind: 'stats', schema: StatisticsHeader });
  if (!decoded.ok) return decoded;
  const { header, blocks } = decoded.value;
  const reader = new BlockReader(blocks, header.blocks);
  return readingBlocks(() => ok(fileOf(header, reader)));
}

function headerOf(file: StatisticsFile): Omit<StatisticsHeader, 'blocks'> {
  const { statistics } = file;
  return {
    format: 'stats/1',
    model: file.model,
    embeddingDimension: statistics.dimension,
    classes: [...file.classes],
    interventions: [...file.interventions],
    interventionsPerPicture: file.interventionsPerPicture,
    seed: file.seed,
    sampleLimit: file.sampleLimit,
    pairSampleLimit: file.pairSampleLimit,
    environments: statistics.environments.map(({ count, classCounts, pairs }, index) => ({
      name: file.environmentNames[index] ?? '',
      count,
      classCounts: [...classCounts],
      pairCounts: pairs.map((pair) => pair.count),
      noOpCounts: pairs.map((pair) => pair.noOps),
    })),
    failures: [...file.failures],
  };
}

function statisticsBlocks(
  { sum, second, classSums, pairs }: EnvironmentStatistics,
  index: number,
  { dimension, classCount }: Statistics,
): Block[] {
  const triangle = [packedLength(dimension)];
  return [
    block(`env/${index}/sum`, [dimension], sum),
    block(`env/${index}/second`, triangle, second),
    block(`env/${index}/class-sums`, [classCount, dimension], classSums),
    ...pairs.map((pair, intervention) => block(`env/${index}/pairs/${intervention}`, triangle, pair.second)),
  ];
}

function sampleBlocks(
  { hashes, classes, embeddings, pairs }: EnvironmentSample,
  index: number,
  { dimension, interventionCount }: Statistics,
): Block[] {
  const rows = classes.length;
  const paired = pairs.rows.length;
  return [
    block(`sample/${index}/embeddings`, [rows, dimension], new Float16Array(embeddings)),
    block(`sample/${index}/classes`, [rows], classes),
    block(`sample/${index}/hashes`, [rows, 32], hashes),
    block(
      `pairs/${index}/embeddings`,
      [paired, interventionCount, dimension],
      new Float16Array(pairs.embeddings),
    ),
    block(`pairs/${index}/rows`, [paired], pairs.rows),
    block(`pairs/${index}/present`, [paired, interventionCount], pairs.present),
  ];
}

function fileOf(header: StatisticsHeader, reader: BlockReader): StatisticsFile {
  const { environments, classes, interventions, embeddingDimension } = header;
  return {
    model: header.model,
    classes,
    environmentNames: environments.map(({ name }) => name),
    interventions,
    interventionsPerPicture: header.interventionsPerPicture,
    seed: header.seed,
    sampleLimit: header.sampleLimit,
    pairSampleLimit: header.pairSampleLimit,
    statistics: {
      dimension: embeddingDimension,
      classCount: classes.length,
      interventionCount: interventions.length,
      environments: environments.map((_, index) => readEnvironment(header, reader, index)),
    },
    sample: { environments: environments.map((_, index) => readSample(header, reader, index)) },
    failures: header.failures,
  };
}

function readEnvironment(
  header: StatisticsHeader,
  reader: BlockReader,
  index: number,
): EnvironmentStatistics {
  const { embeddingDimension: dimension, classes, interventions } = header;
  const info = header.environments[index];
  const triangle = [packedLength(dimension)];
  const classCounts = new Float64Array(classes.length);
  classCounts.set(info?.classCounts.slice(0, classes.length) ?? []);
  return {
    count: info?.count ?? 0,
    sum: reader.float64(`env/${index}/sum`, [dimension]),
    second: reader.float64(`env/${index}/second`, triangle),
    classCounts,
    classSums: reader.float64(`env/${index}/class-sums`, [classes.length, dimension]),
    pairs: interventions.map((_, intervention) => ({
      count: info?.pairCounts[intervention] ?? 0,
      noOps: info?.noOpCounts[intervention] ?? 0,
      second: reader.float64(`env/${index}/pairs/${intervention}`, triangle),
    })),
  };
}

function readSample(header: StatisticsHeader, reader: BlockReader, index: number): EnvironmentSample {
  const { embeddingDimension: dimension, interventions } = header;
  const rows = reader.rows(`sample/${index}/classes`);
  const paired = reader.rows(`pairs/${index}/rows`);
  return {
    hashes: reader.uint8(`sample/${index}/hashes`, [rows, 32]),
    classes: reader.int32(`sample/${index}/classes`, [rows]),
    embeddings: reader.float32(`sample/${index}/embeddings`, [rows, dimension]),
    pairs: {
      rows: reader.int32(`pairs/${index}/rows`, [paired]),
      present: reader.uint8(`pairs/${index}/present`, [paired, interventions.length]),
      embeddings: reader.float32(`pairs/${index}/embeddings`, [paired, interventions.length, dimension]),
    },
  };
}
