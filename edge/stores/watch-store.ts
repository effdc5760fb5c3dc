// Watched days in D1. Sums are read, added to and written under the revision that they had, so that of two isolates none loses
// what the other has written. What a day is worth is judged elsewhere.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { z } from 'zod';
import { decodeDaySums, encodeDaySums } from '#shared/codec/day-sums-file.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { Head } from '#shared/contracts/fit.ts';
import { WatchedDrift } from '#shared/contracts/watch.ts';
import { type DaySums, mergeDays, sumOfDay } from '#shared/math/watch/day-sums.ts';
import { float64FromBlob, toBlob } from './blob.ts';

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

export type Judgement = {
  readonly drift: WatchedDrift | undefined;
  readonly profileRevision: number;
  readonly raised: boolean;
};

export type WatchStore = {
  /** `refused`: there is no such profile any more, the day is judged, or there is no room. */
  add(
    key: DayKey,
    about: Pick<DayRecord, 'model' | 'question' | 'labels'>,
    sums: DaySums,
  ): Promise<'added' | 'refused' | 'contended'>;
  /** Oldest first. */
  list(tenantId: string, environmentId: string, fromDay: string): Promise<readonly DayRecord[]>;
  openDays(tenantId: string, environmentId: string): Promise<readonly OpenDay[]>;
  /** Days that have ended and are not judged, oldest first. */
  unjudged(beforeDay: string, limit: number): Promise<readonly DayKey[]>;
  findOpen(key: DayKey): Promise<OpenDay | undefined>;
  /** Whether the series' last judged day before this one, against the same profile, was raised. */
  wasRaised(key: DayKey, profileRevision: number): Promise<boolean>;
  /** False where the day has changed since, or is judged. Takes away what only the judgement needed. */
  judge(key: DayKey, revision: number, judgement: Judgement, nowMs: number): Promise<boolean>;
  /** The sums of days of a profile's model, both included. */
  sums(
    tenantId: string,
    environmentId: string,
    modelRevision: string,
    from: string,
    to: string,
  ): Promise<readonly (DayRecord & { readonly sum: Float64Array })[]>;
  prune(limits: { readonly beforeDay: string; readonly rows: number }): Promise<void>;
};

/** Series of one environment in a day, and of a tenant: some 230 KB each until the day is judged, then some 5 (d = 512). */
export const maxSeries = { environment: 4, tenant: 60 } as const;

const maxRounds = 8;

type Row = {
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
  answered: ArrayLike<number>;
  judged_at: number | null;
  drift: string | null;
  profile_revision: number | null;
  alarm: number;
};
type OpenRow = Row & { detail: ArrayLike<number> };
type SumRow = Row & { sum: ArrayLike<number> };

const columns =
  'tenant_id, environment_id, series, day, model_id, model_revision, question, labels, pictures, abstained, revision, ' +
  'answered, judged_at, drift, profile_revision, alarm';
const isDay = 'tenant_id = ?1 AND environment_id = ?2 AND series = ?3 AND day = ?4';

export function createWatchStore(db: D1Database): WatchStore {
  const at = (sql: string, { tenantId, environmentId, series, day }: DayKey, ...more: unknown[]) =>
    db.prepare(sql).bind(tenantId, environmentId, series, day, ...more);
  const isWritten = async (statement: D1PreparedStatement) => (await statement.run()).meta.changes > 0;

  const insert = (
    key: DayKey,
    { model, question, labels }: Parameters<WatchStore['add']>[1],
    sums: DaySums,
  ) =>
    isWritten(
      at(
        `INSERT INTO watched_days (tenant_id, environment_id, series, day, model_id, model_revision, question, labels,
           pictures, abstained, revision, sum, answered, detail)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?11, ?12, ?13
         WHERE EXISTS (SELECT 1 FROM environments WHERE tenant_id = ?1 AND id = ?2)
           AND (SELECT COUNT(*) FROM watched_days WHERE tenant_id = ?1 AND environment_id = ?2 AND day = ?4) < ?14
           AND (SELECT COUNT(*) FROM watched_days WHERE tenant_id = ?1 AND day = ?4) < ?15
         ON CONFLICT DO NOTHING`,
        key,
        model.id,
        model.revision,
        JSON.stringify(question),
        JSON.stringify(labels),
        sums.pictures,
        sums.abstained,
        toBlob(sumOfDay(sums)),
        answeredBlob(sums),
        encodeDaySums(sums),
        maxSeries.environment,
        maxSeries.tenant,
      ),
    );

  return {
    async add(key, about, sums) {
      let triedRevision = 0;
      for (let round = 0; round < maxRounds; round++) {
        const row = await at(`SELECT ${columns}, sum, detail FROM watched_days WHERE ${isDay}`, key).first<
          OpenRow & SumRow
        >();
        if (row === null) {
          if (await insert(key, about, sums)) return 'added';
          const isThere = await at(`SELECT revision FROM watched_days WHERE ${isDay}`, key).first();
          if (isThere === null) return 'refused';
          continue;
        }
        const before = row.judged_at === null ? toOpen(row) : undefined;
        if (before === undefined || before.sums.dimension !== sums.dimension) return 'refused';
        // Nobody was faster: the database has no room for more of it (migration 0017).
        if (before.revision === triedRevision) return 'refused';
        triedRevision = before.revision;
        const merged = mergeDays(before.sums, sums);
        const total = float64FromBlob(row.sum);
        for (const [i, value] of sumOfDay(sums).entries()) total[i] = (total[i] as number) + value;
        const update = at(
          `UPDATE watched_days SET pictures = ?6, abstained = ?7, sum = ?8, answered = ?9, detail = ?10, revision = ?5 + 1
           WHERE ${isDay} AND revision = ?5 AND judged_at IS NULL`,
          key,
          before.revision,
          merged.pictures,
          merged.abstained,
          toBlob(total),
          answeredBlob(merged),
          encodeDaySums(merged),
        );
        if (await isWritten(update)) return 'added';
      }
      return 'contended';
    },
    async list(tenantId, environmentId, fromDay) {
      const { results } = await db
        .prepare(
          `SELECT ${columns} FROM watched_days WHERE tenant_id = ? AND environment_id = ? AND day >= ? ORDER BY day`,
        )
        .bind(tenantId, environmentId, fromDay)
        .all<Row>();
      return results.map(toRecord);
    },
    async openDays(tenantId, environmentId) {
      const { results } = await db
        .prepare(
          `SELECT ${columns}, detail FROM watched_days
           WHERE tenant_id = ? AND environment_id = ? AND judged_at IS NULL ORDER BY day`,
        )
        .bind(tenantId, environmentId)
        .all<OpenRow>();
      return results.flatMap((row) => toOpen(row) ?? []);
    },
    async unjudged(beforeDay, limit) {
      const { results } = await db
        .prepare(
          `SELECT tenant_id, environment_id, series, day FROM watched_days
           WHERE judged_at IS NULL AND day < ? ORDER BY day LIMIT ?`,
        )
        .bind(beforeDay, limit)
        .all<Row>();
      return results.map(toKey);
    },
    async findOpen(key) {
      const row = await at(
        `SELECT ${columns}, detail FROM watched_days WHERE ${isDay} AND judged_at IS NULL`,
        key,
      ).first<OpenRow>();
      return row === null ? undefined : toOpen(row);
    },
    async wasRaised(key, profileRevision) {
      const alarm = await at(
        `SELECT alarm FROM watched_days WHERE tenant_id = ?1 AND environment_id = ?2 AND series = ?3 AND day < ?4
           AND drift IS NOT NULL AND profile_revision = ?5 ORDER BY day DESC LIMIT 1`,
        key,
        profileRevision,
      ).first<number>('alarm');
      return alarm === 1;
    },
    judge: (key, revision, { drift, profileRevision, raised }, nowMs) =>
      isWritten(
        at(
          `UPDATE watched_days SET judged_at = ?6, drift = ?7, profile_revision = ?8, alarm = ?9, detail = NULL
           WHERE ${isDay} AND revision = ?5 AND judged_at IS NULL`,
          key,
          revision,
          nowMs,
          drift === undefined ? null : JSON.stringify(drift),
          profileRevision,
          Number(raised),
        ),
      ),
    async sums(tenantId, environmentId, modelRevision, from, to) {
      const { results } = await db
        .prepare(
          `SELECT ${columns}, sum FROM watched_days WHERE tenant_id = ? AND environment_id = ? AND model_revision = ?
             AND day >= ? AND day <= ? ORDER BY day`,
        )
        .bind(tenantId, environmentId, modelRevision, from, to)
        .all<SumRow>();
      return results.map((row) => ({ ...toRecord(row), sum: float64FromBlob(row.sum) }));
    },
    async prune({ beforeDay, rows }) {
      await db.prepare('DELETE FROM watched_days WHERE day < ?').bind(beforeDay).run();
      const { results } = await db
        .prepare('SELECT tenant_id FROM watched_days GROUP BY tenant_id HAVING COUNT(*) > ? LIMIT 100')
        .bind(rows)
        .all<{ tenant_id: string }>();
      const statement = db.prepare(
        `DELETE FROM watched_days WHERE tenant_id = ?1 AND rowid IN (
           SELECT rowid FROM watched_days WHERE tenant_id = ?1 ORDER BY day DESC LIMIT -1 OFFSET ?2)`,
      );
      if (results.length > 0) await db.batch(results.map((row) => statement.bind(row.tenant_id, rows)));
    },
  };
}

function answeredBlob({ answered, counts }: DaySums): ArrayBuffer {
  return toBlob(Float64Array.from([...answered, ...counts]));
}

function toKey(row: Pick<Row, 'tenant_id' | 'environment_id' | 'series' | 'day'>): DayKey {
  return { tenantId: row.tenant_id, environmentId: row.environment_id, series: row.series, day: row.day };
}

function toRecord(row: Row): DayRecord {
  const answered = float64FromBlob(row.answered);
  return {
    ...toKey(row),
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
function toOpen(row: OpenRow): OpenDay | undefined {
  const record = toRecord(row);
  const sums = decodeDaySums(Uint8Array.from(row.detail), record);
  return sums === undefined ? undefined : { ...record, sums };
}
