// Endpoints of tenants in D1. Secrets are sealed before they come here; this only keeps the bytes.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { Webhook, WebhookEventType } from '#shared/contracts/webhook.ts';
import { type AuditRecord, auditIfChanged } from './audit-store.ts';
import type { Page, PageRequest } from './cursor.ts';
import { endPending } from './delivery-store.ts';
import { newestFirst } from './newest-first.ts';

/** The secrets of an endpoint as they lie in the database, and the fingerprint of the pepper that they are under. */
export type SealedSecrets = {
  readonly secret: Uint8Array;
  readonly previousSecret: Uint8Array | undefined;
  readonly pepper: string;
};

export type WebhookRecord = SealedSecrets & {
  readonly id: string;
  readonly tenantId: string;
  readonly url: string;
  readonly events: readonly WebhookEventType[];
  readonly description: string | undefined;
  readonly disabledBy: Webhook['disabledBy'];
  readonly previousUntilMs: number | undefined;
  readonly failingSinceMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

export type WebhookChange = {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly events?: readonly WebhookEventType[] | undefined;
  readonly enabled?: boolean | undefined;
};

export type WebhookStore = {
  insert(webhook: WebhookRecord, audit: AuditRecord): Promise<void>;
  find(tenantId: string, id: string): Promise<WebhookRecord | undefined>;
  list(tenantId: string, page: PageRequest): Promise<Page<WebhookRecord>>;
  /** What is not named stays. Enabled again, it counts as having never failed. `undefined` where the tenant has none such. */
  update(
    tenantId: string,
    id: string,
    change: WebhookChange,
    audit: AuditRecord,
  ): Promise<WebhookRecord | undefined>;
  /** The present secret becomes the one of before. False where another rotation came first, or there is none such. */
  rotate(
    webhook: WebhookRecord,
    next: SealedSecrets & { readonly previousUntilMs: number },
    audit: AuditRecord,
  ): Promise<boolean>;
  /** With its deliveries. False where the tenant has none such. */
  remove(tenantId: string, id: string, audit: AuditRecord): Promise<boolean>;
  /** Nothing where it is disabled already. Whatever waits for it has failed. */
  disable(tenantId: string, id: string, by: 'gone' | 'failing', audit: AuditRecord): Promise<void>;
  /** Those whose secrets are under another pepper than this one. */
  underOtherPeppers(pepper: string, limit: number): Promise<readonly WebhookRecord[]>;
  /** Puts the secrets under another pepper, unless they have changed meanwhile. */
  reseal(webhook: WebhookRecord, sealed: SealedSecrets): Promise<void>;
};

type Row = {
  tenant_id: string;
  id: string;
  url: string;
  events: string;
  description: string | null;
  disabled_by: 'request' | 'gone' | 'failing' | null;
  secret: number[];
  pepper: string;
  previous_secret: number[] | null;
  previous_until: number | null;
  failing_since: number | null;
  created_at: number;
  updated_at: number;
};

export function createWebhookStore(db: D1Database): WebhookStore {
  const changed = async (
    statement: D1PreparedStatement,
    audit: AuditRecord,
    ...more: D1PreparedStatement[]
  ) => {
    const [first] = await db.batch<Row>([statement, auditIfChanged(db, audit), ...more]);
    return first;
  };
  return {
    async insert(webhook, audit) {
      const { tenantId, id, url, events, description, secret, pepper, createdAtMs } = webhook;
      await changed(
        db
          .prepare(
            `INSERT INTO webhooks (tenant_id, id, url, events, description, secret, pepper, created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?8, ?8)`,
          )
          .bind(tenantId, id, url, JSON.stringify(events), description ?? null, secret, pepper, createdAtMs),
        audit,
      );
    },
    async find(tenantId, id) {
      const row = await db
        .prepare('SELECT * FROM webhooks WHERE tenant_id = ? AND id = ?')
        .bind(tenantId, id)
        .first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    list: (tenantId, page) => newestFirst(db, { table: 'webhooks', toItem: toRecord }, tenantId, page),
    async update(tenantId, id, { url, events, description, enabled }, audit) {
      const statement = db
        .prepare(
          `UPDATE webhooks SET url = COALESCE(?3, url), events = COALESCE(?4, events),
             description = COALESCE(?5, description),
             disabled_by = CASE ?6 WHEN 1 THEN NULL WHEN 0 THEN 'request' ELSE disabled_by END,
             failing_since = CASE ?6 WHEN 1 THEN NULL ELSE failing_since END, updated_at = ?7
           WHERE tenant_id = ?1 AND id = ?2 RETURNING *`,
        )
        .bind(
          tenantId,
          id,
          url ?? null,
          events === undefined ? null : JSON.stringify(events),
          description ?? null,
          enabled === undefined ? null : Number(enabled),
          audit.atMs,
        );
      const ended = enabled === false ? [endPending(db, tenantId, id, audit.atMs)] : [];
      const row = (await changed(statement, audit, ...ended))?.results[0];
      return row === undefined ? undefined : toRecord(row);
    },
    async rotate({ tenantId, id, secret }, next, audit) {
      const statement = db
        .prepare(
          `UPDATE webhooks SET secret = ?4, pepper = ?5, previous_secret = ?6, previous_until = ?7, updated_at = ?8
           WHERE tenant_id = ?1 AND id = ?2 AND secret = ?3`,
        )
        .bind(
          tenantId,
          id,
          secret,
          next.secret,
          next.pepper,
          next.previousSecret ?? null,
          next.previousUntilMs,
          audit.atMs,
        );
      return ((await changed(statement, audit))?.meta.changes ?? 0) > 0;
    },
    async remove(tenantId, id, audit) {
      const bind = (sql: string) => db.prepare(sql).bind(tenantId, id);
      const removed = await changed(
        bind('DELETE FROM webhooks WHERE tenant_id = ? AND id = ?'),
        audit,
        bind('DELETE FROM webhook_deliveries WHERE tenant_id = ? AND webhook_id = ?'),
      );
      return (removed?.meta.changes ?? 0) > 0;
    },
    async disable(tenantId, id, by, audit) {
      await changed(
        db
          .prepare(
            `UPDATE webhooks SET disabled_by = ?3, updated_at = ?4
             WHERE tenant_id = ?1 AND id = ?2 AND disabled_by IS NULL`,
          )
          .bind(tenantId, id, by, audit.atMs),
        audit,
        endPending(db, tenantId, id, audit.atMs),
      );
    },
    async underOtherPeppers(pepper, limit) {
      const { results } = await db
        .prepare('SELECT * FROM webhooks WHERE pepper <> ? LIMIT ?')
        .bind(pepper, limit)
        .all<Row>();
      return results.map(toRecord);
    },
    async reseal({ tenantId, id, secret: before }, { secret, previousSecret, pepper }) {
      await db
        .prepare(
          `UPDATE webhooks SET secret = ?4, previous_secret = ?5, pepper = ?6
           WHERE tenant_id = ?1 AND id = ?2 AND secret = ?3`,
        )
        .bind(tenantId, id, before, secret, previousSecret ?? null, pepper)
        .run();
    },
  };
}

function toRecord(row: Row): WebhookRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    url: row.url,
    events: JSON.parse(row.events) as WebhookEventType[],
    description: row.description ?? undefined,
    disabledBy: row.disabled_by ?? undefined,
    secret: Uint8Array.from(row.secret),
    pepper: row.pepper,
    previousSecret: row.previous_secret === null ? undefined : Uint8Array.from(row.previous_secret),
    previousUntilMs: row.previous_until ?? undefined,
    failingSinceMs: row.failing_since ?? undefined,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  };
}
