// Deliveries of events to endpoints, in D1: what is to be sent where, how often it was tried, and how that ended. One attempt
// is claimed by one run at a time; an event that is told again finds its row there.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { type Page, type PageRequest, pageOfRows } from './cursor.ts';
import {
  type DeliveryKey,
  type DeliveryRecord,
  type DeliveryRow,
  type DeliveryRun,
  toDelivery,
  toRun,
} from './delivery-record.ts';

export type EventRecord = {
  readonly tenantId: string;
  readonly eventId: string;
  readonly type: DeliveryRecord['type'];
  readonly body: string;
  readonly atMs: number;
  readonly expiresAtMs: number;
};

/** What came of an attempt. */
export type AttemptOutcome = {
  readonly responseStatus: number | undefined;
  readonly error: string | undefined;
};

export type DeliveryStore = {
  /**
   * A row for every enabled endpoint of the tenant that wants this type and was there when it happened; answers those that were
   * not there yet. Beyond `maxPending` waiting ones of the tenant they are dropped.
   */
  publish(event: EventRecord, maxPending: number): Promise<readonly DeliveryRun[]>;
  /** A row that is finished as it is made. */
  insertFinished(record: DeliveryRecord): Promise<void>;
  /**
   * For one attempt, until `leaseUntilMs`. `undefined` where it is finished or not due, another run is at it, or the tenant is
   * suspended.
   */
  claim(key: DeliveryKey, nowMs: number, leaseUntilMs: number): Promise<DeliveryRecord | undefined>;
  find(key: DeliveryKey): Promise<DeliveryRecord | undefined>;
  list(tenantId: string, webhookId: string, page: PageRequest): Promise<Page<DeliveryRecord>>;
  /** The endpoint is well again. */
  delivered(key: DeliveryKey, outcome: AttemptOutcome, nowMs: number): Promise<void>;
  /** It is tried again at `dueAtMs`; absent, it has failed. `isEndpoints`: the endpoint is to blame. */
  failed(
    key: DeliveryKey,
    outcome: AttemptOutcome & { readonly isEndpoints: boolean },
    dueAtMs: number | undefined,
    nowMs: number,
  ): Promise<void>;
  /** Takes over what was due before `beforeMs` and nobody attempted; each is handed to one caller only. */
  takeOver(
    beforeMs: number,
    nowMs: number,
    only?: { readonly tenantId: string; readonly webhookId: string },
  ): Promise<readonly DeliveryRun[]>;
};

/** Of a tenant, finished ones. */
const keptFinished = 1000;
const takenOverAtOnce = 200;

const isThis = 'tenant_id = ?1 AND webhook_id = ?2 AND event_id = ?3';
const notSuspended =
  'NOT EXISTS (SELECT 1 FROM tenants WHERE id = webhook_deliveries.tenant_id AND suspended = 1)';

/** For the batch that disables an endpoint. */
export function endPending(
  db: D1Database,
  tenantId: string,
  webhookId: string,
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE webhook_deliveries SET status = 'failed', body = '', finished_at = ?3,
         error = COALESCE(error || ' ', '') || 'The webhook was disabled.'
       WHERE tenant_id = ?1 AND webhook_id = ?2 AND status = 'pending'
         AND EXISTS (SELECT 1 FROM webhooks WHERE tenant_id = ?1 AND id = ?2 AND disabled_by IS NOT NULL)`,
    )
    .bind(tenantId, webhookId, nowMs);
}

export function createDeliveryStore(db: D1Database): DeliveryStore {
  const bind = (sql: string, key: DeliveryKey, ...rest: unknown[]) =>
    db.prepare(sql).bind(key.tenantId, key.webhookId, key.eventId, ...rest);
  const prune = (tenantId: string) =>
    db
      .prepare(
        `DELETE FROM webhook_deliveries WHERE tenant_id = ?1 AND status <> 'pending' AND event_id IN (
           SELECT event_id FROM webhook_deliveries WHERE tenant_id = ?1 AND status <> 'pending'
           ORDER BY created_at DESC, event_id DESC LIMIT -1 OFFSET ${keptFinished})`,
      )
      .bind(tenantId);
  return {
    async publish({ tenantId, eventId, type, body, atMs, expiresAtMs }, maxPending) {
      const room = `?7 > (SELECT COUNT(*) FROM webhook_deliveries WHERE tenant_id = ?1 AND status = 'pending')`;
      const [inserted] = await db.batch<DeliveryRow>([
        db
          .prepare(
            `INSERT INTO webhook_deliveries
               (tenant_id, webhook_id, event_id, type, body, status, due_at, expires_at, created_at, finished_at)
             SELECT ?1, id, ?2, ?3, CASE WHEN ${room} THEN ?4 ELSE '' END,
               CASE WHEN ${room} THEN 'pending' ELSE 'dropped' END, ?5, ?6, ?5, CASE WHEN ${room} THEN NULL ELSE ?5 END
             FROM webhooks
             WHERE tenant_id = ?1 AND disabled_by IS NULL AND created_at <= ?5
               AND EXISTS (SELECT 1 FROM json_each(webhooks.events) WHERE value = ?3)
             ON CONFLICT DO NOTHING RETURNING *`,
          )
          .bind(tenantId, eventId, type, body, atMs, expiresAtMs, maxPending),
        prune(tenantId),
      ]);
      return (inserted?.results ?? []).filter(({ status }) => status === 'pending').map(toRun);
    },
    async insertFinished(record) {
      const { type, status, attempts, responseStatus, error, createdAtMs, finishedAtMs } = record;
      await db.batch([
        bind(
          `INSERT INTO webhook_deliveries (tenant_id, webhook_id, event_id, type, body, status, attempts, due_at,
             expires_at, last_attempt_at, response_status, error, created_at, finished_at)
           SELECT ?1, ?2, ?3, ?4, '', ?5, ?6, ?7, ?7, ?7, ?8, ?9, ?7, ?10
           WHERE EXISTS (SELECT 1 FROM webhooks WHERE tenant_id = ?1 AND id = ?2)`,
          record,
          type,
          status,
          attempts,
          createdAtMs,
          responseStatus ?? null,
          error ?? null,
          finishedAtMs ?? createdAtMs,
        ),
        prune(record.tenantId),
      ]);
    },
    async claim(key, nowMs, leaseUntilMs) {
      const row = await bind(
        `UPDATE webhook_deliveries SET attempts = attempts + 1, last_attempt_at = ?4, due_at = ?5
         WHERE ${isThis} AND status = 'pending' AND due_at <= ?4 AND ${notSuspended} RETURNING *`,
        key,
        nowMs,
        leaseUntilMs,
      ).first<DeliveryRow>();
      return row === null ? undefined : toDelivery(row);
    },
    async find(key) {
      const row = await bind(`SELECT * FROM webhook_deliveries WHERE ${isThis}`, key).first<DeliveryRow>();
      return row === null ? undefined : toDelivery(row);
    },
    async list(tenantId, webhookId, { limit, after }) {
      const { results } = await db
        .prepare(
          `SELECT * FROM webhook_deliveries WHERE tenant_id = ?1 AND webhook_id = ?2 AND (created_at, event_id) < (?3, ?4)
           ORDER BY created_at DESC, event_id DESC LIMIT ?5`,
        )
        .bind(tenantId, webhookId, after?.createdAtMs ?? Number.MAX_SAFE_INTEGER, after?.id ?? '', limit + 1)
        .all<DeliveryRow>();
      return pageOfRows(results, limit, toDelivery, (row) => ({
        createdAtMs: row.created_at,
        id: row.event_id,
      }));
    },
    async delivered(key, { responseStatus, error }, nowMs) {
      await db.batch([
        bind(
          `UPDATE webhook_deliveries SET status = 'delivered', body = '', response_status = ?4, error = ?5,
             finished_at = ?6 WHERE ${isThis} AND status = 'pending'`,
          key,
          responseStatus ?? null,
          error ?? null,
          nowMs,
        ),
        db
          .prepare(
            'UPDATE webhooks SET failing_since = NULL WHERE tenant_id = ? AND id = ? AND failing_since IS NOT NULL',
          )
          .bind(key.tenantId, key.webhookId),
      ]);
    },
    async failed(key, { responseStatus, error, isEndpoints }, dueAtMs, nowMs) {
      await db.batch([
        bind(
          `UPDATE webhook_deliveries SET response_status = ?4, error = ?5, due_at = COALESCE(?6, due_at),
             status = CASE WHEN ?6 IS NULL THEN 'failed' ELSE status END, body = CASE WHEN ?6 IS NULL THEN '' ELSE body END,
             finished_at = CASE WHEN ?6 IS NULL THEN ?7 END WHERE ${isThis} AND status = 'pending'`,
          key,
          responseStatus ?? null,
          error ?? null,
          dueAtMs ?? null,
          nowMs,
        ),
        db
          .prepare(
            'UPDATE webhooks SET failing_since = COALESCE(failing_since, ?3) WHERE tenant_id = ?1 AND id = ?2 AND ?4',
          )
          .bind(key.tenantId, key.webhookId, nowMs, Number(isEndpoints)),
      ]);
    },
    async takeOver(beforeMs, nowMs, only) {
      const { results } = await db
        .prepare(
          `UPDATE webhook_deliveries SET run = run + 1, due_at = ?2
           WHERE status = 'pending' AND (tenant_id, webhook_id, event_id) IN (
             SELECT tenant_id, webhook_id, event_id FROM webhook_deliveries
             WHERE status = 'pending' AND due_at < ?1 AND (?3 IS NULL OR (tenant_id = ?3 AND webhook_id = ?4))
               AND ${notSuspended} ORDER BY due_at LIMIT ${takenOverAtOnce})
           RETURNING *`,
        )
        .bind(beforeMs, nowMs, only?.tenantId ?? null, only?.webhookId ?? null)
        .all<DeliveryRow>();
      return results.map(toRun);
    },
  };
}
