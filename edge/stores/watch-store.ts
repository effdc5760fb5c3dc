// Watched days in D1. Sums are read, added to and written under the revision that they had, so that of two isolates none loses
// what the other has written. What a day is worth is judged elsewhere.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { encodeDaySums } from '#shared/codec/day-sums-file.ts';
import type { WatchedDrift } from '#shared/contracts/watch.ts';
import { type DaySums, mergeDays, sumOfDay } from '#shared/math/watch/day-sums.ts';
import { float64FromBlob, hexOf, toBlob } from './blob.ts';
import { daysInGroups } from './days-in-groups.ts';
import {
  type DayKey,
  type DayRecord,
  type DayRow,
  dayColumns,
  type OpenDay,
  type OpenDayRow,
  openDayColumns,
  type SumRow,
  summedDayColumns,
  toDayKey,
  toDayRecord,
  toOpenDay,
} from './watched-day-record.ts';

export type Judgement = {
  readonly drift: WatchedDrift | undefined;
  readonly profileRevision: number;
  readonly raised: boolean;
};

/** What every addition to a day says of its series. */
type AboutDay = Pick<DayRecord, 'model' | 'question' | 'labels'>;

export type WatchStore = {
  /** `refused`: there is no such profile any more, the day is judged, or there is no room. */
  add(key: DayKey, about: AboutDay, sums: DaySums): Promise<'added' | 'refused' | 'contended'>;
  /** Oldest first; no more of them at a time than are small together. */
  list(tenantId: string, environmentId: string, fromDay: string): AsyncIterable<DayRecord>;
  /** Days that are not judged, oldest first. */
  openDays(tenantId: string, environmentId: string): Promise<readonly DayKey[]>;
  /** Days that have ended and are not judged, oldest first. */
  unjudged(beforeDay: string, limit: number): Promise<readonly DayKey[]>;
  findOpen(key: DayKey): Promise<OpenDay | undefined>;
  /** Whether the series' last judged day before this one, against the same profile, was raised. */
  wasRaised(key: DayKey, profileRevision: number): Promise<boolean>;
  /** False where the day has changed since, or is judged. Takes away what only the judgement needed. */
  judge(key: DayKey, revision: number, judgement: Judgement, nowMs: number): Promise<boolean>;
  /** The sums of days of a profile's model, both included; as `list` gives them. */
  sums(
    tenantId: string,
    environmentId: string,
    modelRevision: string,
    from: string,
    to: string,
  ): AsyncIterable<DayRecord & { readonly sum: Float64Array }>;
  prune(limits: { readonly beforeDay: string; readonly rows: number }): Promise<void>;
};

/** Series of one environment in a day, and of a tenant: some 230 KB each until the day is judged, then some 5 (d = 512). */
export const maxSeries = { environment: 4, tenant: 60 } as const;

const maxRounds = 8;

const isDay = 'tenant_id = ?1 AND environment_id = ?2 AND series = ?3 AND day = ?4';

type Statement = (sql: string, key: DayKey, ...more: unknown[]) => D1PreparedStatement;

export function createWatchStore(db: D1Database): WatchStore {
  const at: Statement = (sql, { tenantId, environmentId, series, day }, ...more) =>
    db.prepare(sql).bind(tenantId, environmentId, series, day, ...more);
  return {
    add: (key, about, sums) => addToDay(at, key, about, sums),
    async *list(tenantId, environmentId, fromDay) {
      const where = 'tenant_id = ? AND environment_id = ? AND day >= ?';
      const rows = daysInGroups<DayRow>(db, dayColumns, where, [tenantId, environmentId, fromDay]);
      for await (const row of rows) yield toDayRecord(row);
    },
    async openDays(tenantId, environmentId) {
      const { results } = await db
        .prepare(
          `SELECT tenant_id, environment_id, series, day FROM watched_days
           WHERE tenant_id = ? AND environment_id = ? AND judged_at IS NULL ORDER BY day`,
        )
        .bind(tenantId, environmentId)
        .all<DayRow>();
      return results.map(toDayKey);
    },
    async unjudged(beforeDay, limit) {
      const { results } = await db
        .prepare(
          `SELECT tenant_id, environment_id, series, day FROM watched_days
           WHERE judged_at IS NULL AND day < ? ORDER BY day LIMIT ?`,
        )
        .bind(beforeDay, limit)
        .all<DayRow>();
      return results.map(toDayKey);
    },
    async findOpen(key) {
      const row = await at(
        `SELECT ${openDayColumns} FROM watched_days WHERE ${isDay} AND judged_at IS NULL`,
        key,
      ).first<OpenDayRow>();
      return row === null ? undefined : toOpenDay(row);
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
    async *sums(tenantId, environmentId, modelRevision, from, to) {
      const where = 'tenant_id = ? AND environment_id = ? AND model_revision = ? AND day >= ? AND day <= ?';
      const given = [tenantId, environmentId, modelRevision, from, to];
      for await (const row of daysInGroups<SumRow>(db, summedDayColumns, where, given))
        yield { ...toDayRecord(row), sum: float64FromBlob(row.sum) };
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

async function addToDay(
  at: Statement,
  key: DayKey,
  about: AboutDay,
  sums: DaySums,
): Promise<'added' | 'refused' | 'contended'> {
  let triedRevision = 0;
  for (let round = 0; round < maxRounds; round++) {
    const row = await at(
      `SELECT ${openDayColumns}, ${hexOf('sum')} FROM watched_days WHERE ${isDay}`,
      key,
    ).first<OpenDayRow & SumRow>();
    if (row === null) {
      if (await isWritten(insertDay(at, key, about, sums))) return 'added';
      const isThere = await at(`SELECT revision FROM watched_days WHERE ${isDay}`, key).first();
      if (isThere === null) return 'refused';
      continue;
    }
    const before = row.judged_at === null ? toOpenDay(row) : undefined;
    if (before === undefined || before.sums.dimension !== sums.dimension) return 'refused';
    // Nobody was faster: the database has no room for more of it (migration 0017).
    if (before.revision === triedRevision) return 'refused';
    triedRevision = before.revision;
    if (await isWritten(growDay(at, before, float64FromBlob(row.sum), sums))) return 'added';
  }
  return 'contended';
}

/** Where its profile is there and there is room for one more series. */
function insertDay(
  at: Statement,
  key: DayKey,
  { model, question, labels }: AboutDay,
  sums: DaySums,
): D1PreparedStatement {
  return at(
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
  );
}

/** Adds to the day as it was read; `total` is its sum [d] and is changed. */
function growDay(at: Statement, before: OpenDay, total: Float64Array, sums: DaySums): D1PreparedStatement {
  const merged = mergeDays(before.sums, sums);
  for (const [i, value] of sumOfDay(sums).entries()) total[i] = (total[i] as number) + value;
  return at(
    `UPDATE watched_days SET pictures = ?6, abstained = ?7, sum = ?8, answered = ?9, detail = ?10, revision = ?5 + 1
     WHERE ${isDay} AND revision = ?5 AND judged_at IS NULL`,
    before,
    before.revision,
    merged.pictures,
    merged.abstained,
    toBlob(total),
    answeredBlob(merged),
    encodeDaySums(merged),
  );
}

async function isWritten(statement: D1PreparedStatement): Promise<boolean> {
  return (await statement.run()).meta.changes > 0;
}

function answeredBlob({ answered, counts }: DaySums): ArrayBuffer {
  return toBlob(Float64Array.from([...answered, ...counts]));
}
