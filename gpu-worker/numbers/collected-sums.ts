// The sums of one shard and the file of them, on whatever thread calls it.

import { encodeStatistics, type StatisticsFile } from '#shared/codec/stats-file.ts';
import type { PictureFailure } from '#shared/contracts/artefact.ts';
import {
  type CollectedPicture,
  type CollectorShape,
  createStatisticsCollector,
} from './statistics-collector.ts';

/** What a file says beside what was added up. */
export type SumsHeader = Omit<StatisticsFile, 'statistics' | 'sample' | 'failures'>;

export type CollectedSums = {
  readonly add: (picture: CollectedPicture) => void;
  /** Nothing may be added afterwards. */
  readonly finish: (failures: readonly PictureFailure[]) => Promise<Uint8Array<ArrayBuffer>>;
};

export function collectSums(header: SumsHeader, dimension: number): CollectedSums {
  const shape: CollectorShape = {
    dimension,
    classCount: header.classes.length,
    environmentCount: header.environmentNames.length,
    interventionCount: header.interventions.length,
    sampleLimit: header.sampleLimit,
    pairSampleLimit: header.pairSampleLimit,
  };
  const collector = createStatisticsCollector(shape);
  return {
    add: collector.add,
    async finish(failures) {
      const { statistics, environments } = collector.finish();
      return await encodeStatistics({ ...header, statistics, sample: { environments }, failures });
    },
  };
}
