// What a watched day is once its row has been read. Rows outlive the code that wrote them, so what is kept as JSON is parsed
// again; and only a day that is not judged yet has the sums that it is judged by.

import { z } from 'zod';
import { decodeDaySums } from '#shared/codec/day-sums-file.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { Head } from '#shared/contracts/fit.ts';
import { WatchedDrift } from '#shared/contracts/watch.ts';
import type { DaySums } from '#shared/math/watch/day-sums.ts';
import { bytesFromBlob, float64FromBlob, hexOf } from './blob.ts';

/** What the pictures of a series were asked. */
export const WatchedQuestion = z.object({
  projection: z.object({ id: z.string(), name: z.string(), version: z.int() }).optional(),
  head: Head,
  /** Brought by the question. */
  labels: z.array(z.string()).optional(),
  templates: z.array(z.string()).optional(),
});
export type WatchedQuestion = z.infer<typeof WatchedQuestion>;

export type DayKey = {
  readonly tenantId: string;
  readonly environmentId: string;
  readonly series: string;
  readonly day: string;
};

export type DayRecord = DayKey & {
  readonly model: ModelReference;
  readonly question: WatchedQuestion;
  readonly labels: readonly string[];
  readonly pictures: number;
  readonly abstained: number;
  readonly revision: number;
  /** Σ of the answered distribution, and how often each label was the best [c]. */
  readonly answered: Float64Array;
  readonly counts: Float64Array;
  readonly drift?: WatchedDrift;
  readonly profileRevision?: number;
  readonly raised: boolean;
};

/** With what it is judged by. */
export type OpenDay = DayRecord & { readonly sums: DaySums };

export type DayRow = {
  tenant_id: string;
  environment_id: string;
  series: string;
  day: string;
  model_id: string;
  model_revision: string;
  question: string;
  labels: string;
  pictures: number;
  abstained: number;
  revision: number;
  answered: string;
  judged_at: number | null;
  drift: string | null;
  profile_revision: number | null;
  alarm: number;
};
export type OpenDayRow = DayRow & { detail: string };
export type SumRow = DayRow & { sum: string };

export const dayColumns =
  'tenant_id, environment_id, series, day, model_id, model_revision, question, labels, pictures, abstained, revision, ' +
  `${hexOf('answered')}, judged_at, drift, profile_revision, alarm`;
export const openDayColumns = `${dayColumns}, ${hexOf('detail')}`;
export const summedDayColumns = `${dayColumns}, ${hexOf('sum')}`;

export function toDayKey(row: Pick<DayRow, 'tenant_id' | 'environment_id' | 'series' | 'day'>): DayKey {
  return { tenantId: row.tenant_id, environmentId: row.environment_id, series: row.series, day: row.day };
}

export function toDayRecord(row: DayRow): DayRecord {
  const answered = float64FromBlob(row.answered);
  return {
    ...toDayKey(row),
    model: { id: row.model_id, revision: row.model_revision },
    question: WatchedQuestion.parse(JSON.parse(row.question)),
    labels: z.array(z.string()).parse(JSON.parse(row.labels)),
    pictures: row.pictures,
    abstained: row.abstained,
    revision: row.revision,
    answered: answered.subarray(0, answered.length / 2),
    counts: answered.subarray(answered.length / 2),
    ...(row.drift === null ? {} : { drift: WatchedDrift.parse(JSON.parse(row.drift)) }),
    ...(row.profile_revision === null ? {} : { profileRevision: row.profile_revision }),
    raised: row.alarm === 1,
  };
}

/** `undefined` for sums that cannot be read. */
export function toOpenDay(row: OpenDayRow): OpenDay | undefined {
  const record = toDayRecord(row);
  const sums = decodeDaySums(bytesFromBlob(row.detail), record);
  return sums === undefined ? undefined : { ...record, sums };
}
