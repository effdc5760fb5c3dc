// `.stats` files in R2, each with a small JSON beside it that is written last: where the JSON is, the file is whole.
// It also holds what a next step must know of the file without reading it.

import { z } from 'zod';
import { StatisticsHeader } from '#shared/contracts/artefact.ts';
import type { ObjectStore } from './object-store.ts';

/** Takes a `.stats` file as it arrives; resolves when it is stored. */
export type StatisticsSink = (stream: ReadableStream<Uint8Array>, byteLength: number) => Promise<void>;

export const StatisticsRef = z.object({
  key: z.string(),
  sha256: z.string(),
  byteLength: z.int(),
  revision: z.string(),
  pictures: z.int(),
  failures: StatisticsHeader.shape.failures,
});
export type StatisticsRef = z.infer<typeof StatisticsRef>;

export type StatisticsFiles = {
  /** `undefined` where the file is not there or not whole. */
  find(key: string): Promise<StatisticsRef | undefined>;
  sink(key: string): StatisticsSink;
  /** After the sink has taken a file with this header. Throws where the header is not one of a `.stats` file. */
  commit(key: string, file: { header: unknown; byteLength: number; sha256: string }): Promise<StatisticsRef>;
  remove(keys: readonly string[]): Promise<void>;
};

export function createStatisticsFiles(objects: ObjectStore): StatisticsFiles {
  return {
    async find(key) {
      const text = await objects.getText(refKey(key));
      return text === undefined ? undefined : StatisticsRef.parse(JSON.parse(text));
    },
    sink: (key) => (stream, byteLength) => objects.putStream(key, stream, byteLength),
    async commit(key, { header, byteLength, sha256 }) {
      const { environments, failures, model } = StatisticsHeader.parse(header);
      const pictures = environments.reduce((total, { count }) => total + count, 0);
      const ref = { key, sha256, byteLength, revision: model.revision, pictures, failures };
      await objects.put(refKey(key), JSON.stringify(ref));
      return ref;
    },
    remove: (keys) => objects.remove(keys.flatMap((key) => [refKey(key), key])),
  };
}

function refKey(key: string): string {
  return `${key}.json`;
}
